"""Reads a source with PyAirbyte into its DuckDB cache, and prints what the tables hold.

    pyairbyte.py PROGRAM CONFIG.json FOLDER
"""

import json
import os
import sys

os.environ["AIRBYTE_OFFLINE_MODE"] = "1"
os.environ["DO_NOT_TRACK"] = "1"

import airbyte  # noqa: E402

program, config, folder = sys.argv[1:]
with open(config) as file:
    source = airbyte.get_source(
        "source-helpdesk", local_executable=program, config=json.load(file)
    )
source.check()
source.select_all_streams()
cache = airbyte.new_local_cache("helpdesk", cache_dir=folder, cleanup=False)
result = source.read(cache=cache)
tables = {}
for name in source.get_selected_streams():
    rows = cache[name].to_pandas().sort_values(by=cache[name].to_pandas().columns[0])
    rows = rows.drop(columns=[name for name in rows.columns if name.startswith("_airbyte")])
    tables[name] = json.loads(rows.to_json(orient="records", date_format="iso"))
print("RESULT " + json.dumps({"read": result.processed_records, "tables": tables}))
