"""Who vouches for the artifacts of a workspace: keys, signed metadata, statements, lists of parts."""
