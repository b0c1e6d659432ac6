"""HTML or not: by declared type before the body is read, by its bytes after."""

import pytest

from tasks.fetch.sniff import is_html, may_be_html


@pytest.mark.parametrize(
    ("content_type", "worth"),
    [
        ("text/html", True), ("Text/HTML; charset=utf-8", True), ("application/xhtml+xml", True), ("", True), ("text/plain", True),
        ("application/octet-stream", True), ("text/xml", True), ("application/pdf", False), ("image/png", False), ("video/mp4", False),
        ("application/zip", False), ("application/epub+zip", False), ("multipart/related", False), ("application/json", False),
        ("audio/mpeg", False), ("application/rss+xml", False), ("text/css", False), ("x", False),
    ],
)  # fmt: skip
def test_H21_types_that_are_no_page_are_not_read(content_type: str, worth: bool) -> None:
    assert may_be_html(content_type) is worth


@pytest.mark.parametrize(
    ("content_type", "body", "html"),
    [
        ("text/html", b"<!doctype html><p>x", True),
        ("text/html", b"Words without any markup at all", True),
        ("text/html", b"", True),
        ("text/html", b"   \r\n\xef\xbb\xbf<html>", True),
        ("text/html", "<html>é".encode("utf-16"), True),
        ("text/html", "<html>".encode("utf-16-be"), True),
        ("", b"<!DOCTYPE HTML><title>x</title>", True),
        ("text/plain", b"<html><body>mislabelled", True),
        ("text/plain", b"only words", False),
        ("application/octet-stream", b"\x01\x02\x00\x00", False),
        ("text/xml", b"<?xml version='1.0'?><html xmlns='x'><body/></html>", True),
        ("text/html", b"%PDF-1.7 ...", False),
        ("text/html", b"PK\x03\x04mimetypeapplication/epub+zip", False),
        ("text/html", b"\x89PNG\r\n", False),
        ("text/html", b"GIF89a<html>", False),
        ("text/html", b"\xff\xd8\xff\xe0", False),
        ("text/html", b"\x1f\x8b\x08\x00", False),
        ("text/html", b"\x00\x00\x00\x18ftypmp42", False),
        ("text/html", b"MIME-Version: 1.0\r\nContent-Type: multipart/related", False),
        ("text/html", b"From: <Saved by a browser>\r\n", False),
        ("text/html", b"{\\rtf1", False),
        ("text/html", b"<?xml version='1.0'?><rss version='2.0'>", False),
        ("text/html", b"<svg xmlns='x'>", False),
    ],
)
def test_X36_the_bytes_decide_whatever_the_server_says(content_type: str, body: bytes, html: bool) -> None:
    assert is_html(content_type, body) is html
