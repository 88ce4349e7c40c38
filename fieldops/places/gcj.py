"""GCJ-02 and WGS-84: the offset that Amap's and Tencent's coordinates carry inside mainland China. Pure.

Coordinates are WGS-84 everywhere in the product; this is used where one enters or leaves. The forward formula
is the published approximation; the way back is found by iteration, to better than a centimetre.
"""

import math

from fieldops.places.geometry import check_lng_lat

# Krasovsky 1940, the ellipsoid of the formula.
SEMI_MAJOR_M = 6_378_245.0
ECCENTRICITY_2 = 0.006_693_421_622_965_943
CHINA = (72.004, 0.8293, 137.8347, 55.8271)


def gcj02_to_wgs84(lng: float, lat: float) -> tuple[float, float]:
    """Return the true position of a point that Amap or Tencent names. Raises BadGeometry."""
    wanted_lng, wanted_lat = check_lng_lat(lng, lat)
    guess_lng, guess_lat = wanted_lng, wanted_lat
    for _round in range(8):
        there_lng, there_lat = wgs84_to_gcj02(guess_lng, guess_lat)
        guess_lng += wanted_lng - there_lng
        guess_lat += wanted_lat - there_lat
    return guess_lng, guess_lat


def wgs84_to_gcj02(lng: float, lat: float) -> tuple[float, float]:
    """Return where Amap or Tencent would draw a position; outside China it stays. Raises BadGeometry."""
    lng, lat = check_lng_lat(lng, lat)
    west, south, east, north = CHINA
    if not (west <= lng <= east and south <= lat <= north):
        return lng, lat
    x, y = lng - 105.0, lat - 35.0
    phi = math.radians(lat)
    magic = 1 - ECCENTRICITY_2 * math.sin(phi) ** 2
    meridian_m = SEMI_MAJOR_M * (1 - ECCENTRICITY_2) / (magic * math.sqrt(magic))
    parallel_m = SEMI_MAJOR_M / math.sqrt(magic) * math.cos(phi)
    return lng + math.degrees(_east_m(x, y) / parallel_m), lat + math.degrees(_north_m(x, y) / meridian_m)


def _east_m(x: float, y: float) -> float:
    metres = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    return metres + _ripple(x) + _waves(x, ((20.0, 1.0), (40.0, 1 / 3)), ((150.0, 1 / 12), (300.0, 1 / 30)))


def _north_m(x: float, y: float) -> float:
    metres = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    return metres + _ripple(x) + _waves(y, ((20.0, 1.0), (40.0, 1 / 3)), ((160.0, 1 / 12), (320.0, 1 / 30)))


def _ripple(x: float) -> float:
    return (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0


def _waves(v: float, near: tuple[tuple[float, float], ...], far: tuple[tuple[float, float], ...]) -> float:
    return sum(size * math.sin(v * rate * math.pi) for size, rate in (*near, *far)) * 2.0 / 3.0


__all__ = ["gcj02_to_wgs84", "wgs84_to_gcj02"]
