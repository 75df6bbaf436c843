"""Tables as files for other programs: CSV, XLSX, Parquet and JSON Lines, of any length."""

from adapters.tabular.writing import TabularFiles

__all__ = ["TabularFiles"]
