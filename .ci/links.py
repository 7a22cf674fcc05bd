#!/usr/bin/env python3
"""Checks the links of all documents that stay inside the repository: files, and headings in them.

Addresses on the web are left alone, so that a check needs no network and depends on nobody's server.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(`{3,}|~{3,}).*?^\1\s*$", re.M | re.S)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
DEFINITION = re.compile(r"^\[[^\]]+\]:\s+(\S+)", re.M)


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def anchors(path):
    """The names of the headings, as GitHub and mdBook make them."""
    found, count = set(), {}
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*#*$", FENCE.sub("", path.read_text()), re.M):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = count.get(slug, 0)
        count[slug] = number + 1
        found.add(f"{slug}-{number}" if number else slug)
    return found


def problems(path):
    text = without_code(path.read_text())
    for link in LINK.findall(text) + DEFINITION.findall(text):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists():
            yield f"{link}: there is no such file"
        elif not target.is_relative_to(ROOT):
            yield f"{link}: outside the repository"
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            yield f"{link}: there is no such heading"


def main():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\n")
    documents = [ROOT / name for name in listed if name and (ROOT / name).exists()]
    bad = [f"{path.relative_to(ROOT)}: {text}" for path in documents for text in problems(path)]

    guide = ROOT / "docs/src"
    chapters = set(LINK.findall((guide / "SUMMARY.md").read_text()))
    for chapter in sorted(path.name for path in guide.glob("*.md")):
        if chapter != "SUMMARY.md" and chapter not in chapters:
            bad.append(f"docs/src/{chapter}: no line of SUMMARY.md leads to it")

    print("\n".join(bad) if bad else f"{len(documents)} documents: every link inside the repository leads somewhere")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
