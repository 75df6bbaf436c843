"""Everything that speaks with iyzico: the gateway, webhooks, and a local emulator."""
