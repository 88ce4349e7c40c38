"""The day sheet's figures as the page shows them: words, links, plots. Reads a body, decides nothing."""

from fieldops.desk.day_lower import LowerRow
from fieldops.desk.day_side import SideColumn
from fieldops.desk.day_upper import UpperRow


class Sheet(UpperRow, LowerRow, SideColumn):
    """What the template asks for, in the reader's language."""
