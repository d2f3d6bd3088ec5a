"""The institution's own intake of tips: random ids, hours and closed lists, never a word of what was said."""
