"""Tables as files for other programs: CSV, XLSX, Parquet and JSON Lines, of any length."""

from adapters.tabular.columns import Column, Kind, Row
from adapters.tabular.writing import FORMATS, MEDIA_TYPES, Format, TableWriter, writer_of

__all__ = ["FORMATS", "MEDIA_TYPES", "Column", "Format", "Kind", "Row", "TableWriter", "writer_of"]
