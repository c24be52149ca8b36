"""Try a manifest before a cluster does: what becomes of it if index 2 always fails?"""

from pathlib import Path

import jobsem

manifest = Path(__file__).parent.parent / "indexed-backoff-per-index.yaml"

timeline = jobsem.simulate(
    manifest,
    pods={"index 2": {"exit": 1}, "index 1 attempt 1": {"exit": 143, "disrupted": True}},
    kube="1.37",
)
print(timeline)
print(timeline.outcome)
for pod in timeline.pods:
    print(f"{pod.name}: {pod.phase}, exit code {pod.exit_code or 0}")
