"""HTTP: endpoints that parse, ask and answer; no rule and no SQL stands here."""
