package session

import "errors"

// The errors that a caller can test for with [errors.Is]. An error of the
// store is wrapped beside them.
var (
	// ErrGone: the session's record is no longer there, because another
	// request logged out or renewed the session, or because it expired. What
	// this request changed is dropped.
	ErrGone = errors.New("session is gone")
	// ErrHeaderSent: the header has left, so no cookie can be set any more.
	ErrHeaderSent = errors.New("response header was sent already")
	// ErrSealed: the handler has returned; the session is over with it.
	ErrSealed = errors.New("session used after its request ended")
	// ErrInsecure: a session that may only travel over HTTPS was to be
	// started on a connection that is not. Behind a proxy that ends TLS,
	// Options.TrustProxies is missing.
	ErrInsecure = errors.New("session cookie needs https, but the request did not come over it")
	// ErrUnencodable: a value that was set cannot be written as JSON.
	ErrUnencodable = errors.New("session value cannot be encoded")
	// ErrUndecodable: a stored value is not of the type that was asked for.
	ErrUndecodable = errors.New("session value cannot be decoded")
	// ErrNoUser: the session is not bound to a user; see Session.SetUser.
	ErrNoUser = errors.New("session is not bound to a user")
	// ErrWeakSecret: a secret is missing, short, or publicly known.
	ErrWeakSecret = errors.New("weak session secret")
	// ErrInvalidOptions: Options contradict themselves.
	ErrInvalidOptions = errors.New("invalid session options")
)
