"""Counts words as Examples/WordCount does, written apart from it: one `COUNT WORD` a line."""

import collections
import sys
import unicodedata


def words(text):
    word = ""
    for character in text:
        if unicodedata.category(character)[0] in "LN":
            word += character
        elif word:
            yield word.lower()
            word = ""
    if word:
        yield word.lower()


counts = collections.Counter()
for path in sys.argv[1:]:
    with open(path, encoding="utf-8", errors="replace") as file:
        counts.update(words(file.read()))
for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0].encode())):
    print(count, word)
