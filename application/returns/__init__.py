"""What can be asked of returns: by customers, by staff, and by what follows from it."""

from application.returns.asking import AddReturnPicture, CancelReturn, RequestReturn, until_when
from application.returns.deciding import (
    ApproveReturn,
    NotOfTheReturnsDesk,
    ReceiveReturn,
    RefundReturn,
    RejectReturn,
    ReprintReturn,
)
from application.returns.following import (
    EndRefusedRefund,
    FollowReprint,
    LapseReturn,
    RemindOfReturn,
    ReportUnanswered,
)

__all__ = [
    "AddReturnPicture",
    "ApproveReturn",
    "CancelReturn",
    "EndRefusedRefund",
    "FollowReprint",
    "LapseReturn",
    "NotOfTheReturnsDesk",
    "ReceiveReturn",
    "RefundReturn",
    "RejectReturn",
    "RemindOfReturn",
    "ReportUnanswered",
    "ReprintReturn",
    "RequestReturn",
    "until_when",
]
