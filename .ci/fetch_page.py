"""Fetches every file of the page from a running server and compares it with the source.

    fetch_page.py ADDRESS FOLDER

ADDRESS carries the token. Uses nothing but Python's own library.
"""

import pathlib
import sys
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urljoin


def main(address: str, folder: pathlib.Path) -> None:
    cookies = urllib.request.HTTPCookieProcessor(CookieJar())
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def fetch(url: str) -> bytes:
        with opener.open(url, timeout=10) as answer:
            return answer.read()

    # The address leads to the page and hands out the cookie that everything else needs.
    assert fetch(address) == (folder / "index.html").read_bytes(), "index.html differs"
    files = sorted(folder.iterdir())
    for file in files:
        assert fetch(urljoin(address, f"/{file.name}")) == file.read_bytes(), f"{file.name} differs"
    assert b'"lava"' in fetch(urljoin(address, "/api/v1/graph")), "no graph"
    print(f"{len(files)} files of the page come from the program itself")


main(sys.argv[1], pathlib.Path(sys.argv[2]))
