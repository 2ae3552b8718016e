"""Runs GRMA on what the example `peer` wrote, and compares with what the index found there.

Usage: peer-grma.py FOLDER. Prints JSON. Exit status 1 when GRMA finds a hit that the index does not.
"""

import contextlib
import csv
import io
import json
import pathlib
import statistics
import sys
import warnings

warnings.filterwarnings("ignore")

from grma.donorsgraph.build_donors_graph import BuildMatchingGraph
from grma.match import find_matches

folder = pathlib.Path(sys.argv[1])
patients = str(folder / "patients.txt")
with contextlib.redirect_stdout(io.StringIO()):
    graph = BuildMatchingGraph(str(folder / "donors")).graph
    # As it is meant to be used: the best 100. Then all that it finds at all.
    usual = find_matches(patients, graph, calculate_time=True)
    everything = find_matches(patients, graph, threshold=0, cutoff=10**9)

found = {}
with open(folder / "found.csv") as file:
    for patient, unit, least, most in csv.reader(file):
        found[int(patient), int(unit)] = int(least), int(most)
theirs = {
    (int(patient), int(row.Donor_ID)): 10 - int(row.Number_Of_Mismatches)
    for patient, rows in everything.items()
    for row in rows.itertuples()
}
lost = [hit for hit in theirs if hit not in found]
apart = [hit for hit, matches in theirs.items() if hit in found and not found[hit][0] <= matches <= found[hit][1]]
grma_us = statistics.median(seconds for _, seconds in usual.values()) * 1e6
ours_us = int((folder / "median_us").read_text())
print(
    json.dumps(
        {
            "patients": len(usual),
            "grma_median_us": round(grma_us),
            "ours_median_us": ours_us,
            "times_faster": round(grma_us / max(ours_us, 1), 1),
            "hits_grma": len(theirs),
            "hits_ours": len(found),
            "hits_we_lack": len(lost),
            "hits_counted_otherwise": len(apart),
            "hits_grma_lacks": len(found.keys() - theirs.keys()),
        }
    )
)
sys.exit(bool(lost or apart))
