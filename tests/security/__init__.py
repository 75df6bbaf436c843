"""What strangers, lower roles and bad input get: the same refusals on every route, new ones too."""
