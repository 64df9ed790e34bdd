"""Accounts, sessions, tokens, the audit log and single sign-on."""
