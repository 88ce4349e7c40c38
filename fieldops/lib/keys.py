"""Keys on disk: the session secret, the data keys that seal columns, the index key that finds them again."""

import functools
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

KEY_BYTES = 32


class KeysMissing(Exception):
    """The data keys of this installation are not where settings.DATA_KEYS_DIR says."""


@dataclass(frozen=True)
class Keyring:
    """Data keys by id (newest last seals), and the index key, never rotated with them."""

    data: dict[str, bytes]
    index: bytes

    @property
    def current(self) -> str:
        return max(self.data)


def load_or_make_secret(data_dir: Path, name: str) -> str:
    """Return the secret kept in `data_dir/<name>.secret`, making it on the first start."""
    path = data_dir / f"{name}.secret"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        _write_once(path, secrets.token_urlsafe(48).encode())
    return path.read_text().strip()


@functools.lru_cache(maxsize=4)
def load_keyring(keys_dir: Path) -> Keyring:
    """Read the keys in `keys_dir`.

    Raises KeysMissing when one is not there: with a new key every sealed row would be unreadable.
    """
    data = {
        path.stem.removeprefix("data-"): path.read_bytes() for path in sorted(keys_dir.glob("data-*.key"))
    }
    index = keys_dir / "index.key"
    if not data or not index.exists():
        raise KeysMissing(f"no data keys in {keys_dir}")
    return Keyring(data=data, index=index.read_bytes())


def make_keyring(keys_dir: Path) -> Keyring:
    """Make the first data key and the index key; keys that exist are kept."""
    keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("data-0001.key", "index.key"):
        _write_once(keys_dir / name, secrets.token_bytes(KEY_BYTES))
    load_keyring.cache_clear()
    return load_keyring(keys_dir)


def _write_once(path: Path, content: bytes) -> None:
    """Create `path` whole or not at all: two processes starting at once must end with one key."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with draft.open("xb") as out:
        draft.chmod(0o600)
        out.write(content)
        out.flush()
        os.fsync(out.fileno())  # after a power cut an empty key file would be a lost database
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
