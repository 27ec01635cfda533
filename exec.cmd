@rem npm scripts begin with "exec" so that a shell hands its place, and its signals, to Node. cmd has no such word.
@%*
