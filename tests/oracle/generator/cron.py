"""CronJobs and cron expressions."""

from .draw import job_spec


def cron(d):
    """The CronJob (and sometimes the TTL) controller; Jobs end by script."""
    manifest = cron_job(d)
    todo, t = [], 0
    for _ in range(d.int(0, 3)):
        t += d.time(10, 900)
        change = d.one(
            {"suspend": True},
            {"suspend": False},
            {"schedule": d.one("*/3 * * * *", "* * * * *", "@hourly")},
            {"concurrencyPolicy": "Forbid"},
            {"successfulJobsHistoryLimit": 0},
            {"startingDeadlineSeconds": 20},
        )
        todo.append({"at": t, "op": "patchCronJob", "name": "c", "patch": {"spec": change}})
    ends = {"*": job_end(d)}
    for _ in range(d.int(0, 6)):
        end = job_end(d)
        ends[f"nth:{d.int(0, 12)}"] = end
    return {
        "controllers": ["cronjob"] + (["ttl"] if d.chance(0.15) else []),
        "cronJob": manifest,
        "jobScripts": ends,
        "steps": todo,
        "until": d.one(200, 400, 900, 1900),
    }


def cron_job(d):
    job = job_spec(d, indexed=False)
    job["activeDeadlineSeconds"] = d.one(30, 100, 4000)
    job.pop("suspend", None)
    template = {"spec": job}
    if d.chance(0.3):
        template["metadata"] = {"labels": {"l": "1"}, "annotations": {"a": "1"}}
    schedules = ("* * * * *", "*/2 * * * *", "*/5 * * * *", "0 * * * *", "@hourly", "1-59/7 * * * *", "@every 90s", "30 1 * * *")
    spec = {"schedule": d.one(*schedules), "jobTemplate": template}
    if d.chance(0.6):
        spec["concurrencyPolicy"] = d.one("Allow", "Forbid", "Replace")
    if d.chance(0.4):
        spec["startingDeadlineSeconds"] = d.one(5, 15, 100, 1000)
    if d.chance(0.5):
        spec["successfulJobsHistoryLimit"] = d.one(0, 1, 2, 5)
    if d.chance(0.5):
        spec["failedJobsHistoryLimit"] = d.one(0, 1, 2)
    if d.chance(0.15):
        spec["suspend"] = d.chance(0.5)
    if d.chance(0.25):
        spec["timeZone"] = d.one("America/New_York", "Asia/Kolkata", "Etc/UTC", "Europe/London")
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c"}, "spec": spec}


def job_end(d):
    ok = d.chance(0.7)
    t = d.time(0.5, 30) if d.chance(0.6) else d.time(30, 400)
    if d.chance(0.1):
        return []
    kind = "Complete" if ok else "Failed"
    condition = {"type": kind, "status": "True", "lastTransitionTime": "$NOW", "lastProbeTime": "$NOW"}
    status = {"conditions": [condition], "startTime": "$NOW"}
    if ok:
        status.update(completionTime="$NOW", succeeded=1)
    out = [{"after": t, "status": status}]
    if d.chance(0.08):
        out.append({"after": t + d.time(1, 200), "remove": True})
    return out


ZONES = (
    ["", "", "America/New_York", "Europe/London", "Europe/Dublin", "Asia/Kolkata", "Australia/Lord_Howe"]
    + ["America/Sao_Paulo", "Africa/Casablanca", "Asia/Tehran", "America/St_Johns", "Antarctica/Troll"]
    + ["Asia/Gaza", "Etc/UTC", "America/Havana"]
)
ODD_ZONES = ("Nowhere/City", "Local", "utc", "UTC", "EST5EDT", "../x")
MACROS = (
    ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly", "@every 1h30m")
    + ("@every 90s", "@every 0s", "@every 1ms", "@every -5s", "@every 1500ms", "@every x", "@Hourly")
    + ("@reboot", "@every 999999h", "", " ", "* * * *", "* * * * * *", "TZ=UTC 0 0 * * *")
    + ("CRON_TZ=Asia/Tokyo 5 4 * * *", "TZ=Nowhere/X * * * * *", "TZ=UTC", "  1   2  * *   * ", "\t1 2 * * *")
)
MONTHS = ("jan", "FEB", "Mar", "dec", "april")
DAYS = ("sun", "MON", "Tue", "sat", "friday")


def schedule(d):
    """A cron expression, a zone, a start: the next times, or that it is refused."""
    if d.chance(0.12):
        text = d.one(*MACROS)
    else:
        fields = [field(d, 0, 59), field(d, 0, 23), field(d, 1, 31), field(d, 1, 12, MONTHS), field(d, 0, 6, DAYS)]
        text = " ".join(fields)
        if d.chance(0.3):  # around changes of the clocks
            text = d.one("0 0 ", "30 2 ", "0 2 ", "15 1 ", "59 23 ") + " ".join(text.split()[2:])
    zone = d.one(*ZONES) if d.chance(0.97) else d.one(*ODD_ZONES)
    count = d.int(1, 6)
    year = d.one(1999, 2011, 2019, 2023, 2024, 2025, 2026, 2030)
    moment = (year, d.int(1, 12), d.int(1, 28), d.int(0, 23), d.int(0, 59), d.int(0, 59))
    begin = "%d-%02d-%02dT%02d:%02d:%02dZ" % moment
    return {"mode": "schedule", "schedule": text, "timeZone": zone, "count": count, "from": begin}


def field(d, low, high, names=()):
    def one():
        if d.chance(0.35):
            text = "*" if d.chance(0.9) else "?"
        elif d.chance(0.5):
            text = str(d.int(low, high)) if not (names and d.chance(0.4)) else d.one(*names)
        else:
            x, y = sorted((d.int(low, high), d.int(low, high)))
            text = f"{x}-{y}"
            if d.chance(0.03):
                text = f"{y + 1}-{x}"
        if d.chance(0.25):
            text += "/%d" % d.one(1, 2, 3, 5, 7, 10, 15, 30, 0 if d.chance(0.1) else 4)
        if d.chance(0.02):
            wrong = (str(high + 1), "-1", "x", "1-2-3", "", "1/2/3", "*5", "1,", "L", "5#2", "1W", "0%d" % d.int(low, high))
            text = d.one(*wrong)
        return text

    return ",".join(one() for _ in range(1 if d.chance(0.8) else d.int(2, 4)))


FAMILIES = (cron, schedule)
