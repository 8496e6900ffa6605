package engine

import "errors"

// The errors of this package.
var (
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("store is closed")
	// ErrNotReplicated: fewer replicas than [Options.WaitReplicas] have confirmed
	// the end of a session in time. It has ended on the primary, and will on the
	// replicas unless the primary fails first. The call may be repeated.
	ErrNotReplicated = errors.New("too few replicas have confirmed it")

	errReply = errors.New("the server's reply is not understood")
)
