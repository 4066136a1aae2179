"""Intake: what callers submit, admitted fairly, with the signers that its signatures recover to."""
