"""Prints what is public and has no documentation, or is in no topic of a page that has topics.

Takes the folder that Scripts/documentation fills: symbol graphs and archives.
"""

import json
import pathlib
import sys

made = pathlib.Path(sys.argv[1])
root = pathlib.Path.cwd()
found = set()

for graph in made.glob("graphs/*/*.symbols.json"):
    for symbol in json.loads(graph.read_bytes())["symbols"]:
        # What the compiler adds to a type stands nowhere, and an extension has no name of its own.
        if (
            "docComment" in symbol
            or "location" not in symbol
            or "::SYNTHESIZED::" in symbol["identifier"]["precise"]
            or symbol["kind"]["identifier"] == "swift.extension"
        ):
            continue
        place = symbol["location"]
        path = pathlib.Path(place["uri"].removeprefix("file://")).relative_to(root)
        name = ".".join(symbol["pathComponents"])
        line = place["position"]["line"] + 1
        found.add(f"{path}:{line}: error: '{name}' has no documentation")

# DocC lists by itself what no topic names. Of other modules' types only the extensions are ours.
for page in made.glob("archives/*/data/documentation/**/*.json"):
    sections = json.loads(page.read_bytes()).get("topicSections", [])
    if all(section.get("generated") for section in sections) and page.parent.name != "documentation":
        continue
    for section in sections:
        if section.get("generated") and section["title"] not in ("Extended Modules", "Default Implementations"):
            for identifier in section["identifiers"]:
                name = identifier.split("/documentation/")[-1]
                found.add(f"error: '{name}' is in no topic of its page")

print("\n".join(sorted(found)))
sys.exit(1 if found else 0)
