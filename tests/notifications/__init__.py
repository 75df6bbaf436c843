"""Everything about mails to persons."""
