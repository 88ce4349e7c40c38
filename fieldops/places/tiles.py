"""The operator's map tiles as django-leaflet and the security policy want them. Pure; read by settings."""

from typing import Any
from urllib.parse import urlsplit


def tile_layers(
    url: str, attribution: str, crs: str, subdomains: str
) -> list[tuple[str, str, dict[str, Any]]]:
    """Return django-leaflet's TILES; none when no URL is set: then our schematic drawing is the ground.

    `crs` is `wgs84` or `gcj02`: places/base-map.js shifts a GCJ-02 layer under our WGS-84 positions.
    """
    if crs not in ("wgs84", "gcj02"):
        raise ValueError(f"FIELDOPS_TILES_CRS is wgs84 or gcj02, not {crs}")
    return [("", url, {"attribution": attribution, "crs": crs, "subdomains": subdomains})] if url else []


def tile_sources(url: str) -> list[str]:
    """Return the hosts images may come from: none, or the tiles' own; `{s}` in the name becomes `*`."""
    if not url:
        return []
    parts = urlsplit(url)
    host = f"*.{parts.netloc.partition('.')[2]}" if "{" in parts.netloc else parts.netloc
    return [f"{parts.scheme}://{host}" if parts.scheme else host]
