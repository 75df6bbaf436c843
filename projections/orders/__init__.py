"""What customers and admins see of orders: how each one stands, and its whole history."""

from projections.orders.reads import (
    OrderFilter,
    order,
    order_course,
    order_list,
    order_list_then,
    order_then,
)
from projections.orders.rows import HoldRow, NoteRow, OrderHead, OrderRow, orders
from projections.orders.timeline import (
    TimelineEntry,
    gather_all_streams,
    order_streams,
    order_timeline,
    order_timelines,
    streams_of_order,
)

__all__ = [
    "HoldRow",
    "NoteRow",
    "OrderFilter",
    "OrderHead",
    "OrderRow",
    "TimelineEntry",
    "gather_all_streams",
    "order",
    "order_course",
    "order_list",
    "order_list_then",
    "order_streams",
    "order_then",
    "order_timeline",
    "order_timelines",
    "orders",
    "streams_of_order",
]
