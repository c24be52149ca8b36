"""A host of your own: the cluster says which pods to run, the host says what became of them."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import jobsem

manifest = Path(__file__).parent.parent / "pi.yaml"
now = datetime(2024, 1, 1, tzinfo=timezone.utc)

cluster = jobsem.Cluster(kube="1.37", explain=True)
created = cluster.create(now, manifest)
codes = iter([1, 0])  # the first pod fails, its replacement succeeds

while True:
    for work in cluster.work():
        match work:
            case jobsem.Start(pod):
                now += timedelta(seconds=3)
                cluster.report(now, pod, exited=next(codes))
            case jobsem.Stop(pod):
                cluster.report(now, pod, removed=True)
    job = cluster.job(created.name)
    assert job is not None
    if jobsem.outcome(job).is_final:
        break
    wakeup = cluster.next_wakeup()
    assert wakeup is not None
    print(f"{wakeup.at:%H:%M:%S} {wakeup.reason}")
    now = wakeup.at
    cluster.handle_timeout(wakeup.at_ns)

print(jobsem.outcome(job))
for note in cluster.notes():
    print(f"{note.time:%H:%M:%S} {note}")
