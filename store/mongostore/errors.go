package mongostore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
)

// The errors of servers that matter here, as MongoDB numbers them.
const (
	codeUnauthorized     = 13
	codeLockTimeout      = 24
	codeCommandNotFound  = 59
	codeIndexConflict    = 85
	codeIndexKeyConflict = 86
	codeWriteConflict    = 112
	codeNotImplemented   = 238
	codeTooLarge         = 10334
	codeDuplicateKey     = 11000
	codeObjectTooLarge   = 17419
)

// explained are errors in our own words: what the server says may repeat a value, such
// as the key that is there twice.
var explained = map[int]string{
	codeUnauthorized:     "the user lacks a privilege",
	18:                   "the server refuses the user or the password",
	codeLockTimeout:      "a lock was not to be had in time",
	26:                   "there is no such collection",
	50:                   "the server has taken longer than it may",
	52:                   "the server does not store a name that begins with a dollar sign",
	57:                   "the server does not store a name with a dot in it",
	64:                   "too few members of the replica set have confirmed the write in time",
	89:                   "the server was not reached in time",
	91:                   "the server is shutting down",
	codeWriteConflict:    "others have written at the same time",
	121:                  "the document breaks a rule of the collection",
	189:                  "the primary has stepped down",
	codeNotImplemented:   "the server cannot do this",
	codeTooLarge:         "the document is too large",
	10107:                "the server is not the primary",
	codeDuplicateKey:     "the key is there already",
	11600:                "the server is shutting down",
	11602:                "the primary has stepped down",
	13435:                "the server is not the primary",
	13436:                "the server is recovering",
	14031:                "the disk is full",
	codeObjectTooLarge:   "the document is too large",
	codeCommandNotFound:  "the server has no such command",
	codeIndexConflict:    "there is such an index, with other options",
	codeIndexKeyConflict: "there is such an index, with other keys",
}

// code returns the number of a server's error, or 0.
func code(err error) int {
	var c mongo.CommandError
	var w mongo.WriteException
	switch {
	case errors.As(err, &w) && len(w.WriteErrors) > 0:
		return w.WriteErrors[0].Code
	case errors.As(err, &w) && w.WriteConcernError != nil:
		return w.WriteConcernError.Code
	case errors.As(err, &c):
		return int(c.Code)
	}
	return 0
}

// discreet returns err without anything of a session.
func discreet(err error) error {
	var labelled mongo.LabeledError
	n := code(err)
	if n == 0 {
		return err
	}
	text, ok := explained[n]
	if !ok {
		text = "the server has refused it, in words that may repeat data"
	}
	e := mongo.CommandError{Code: int32(n), Name: fmt.Sprintf("code %d", n), Message: text}
	if errors.As(err, &labelled) {
		for _, label := range []string{"RetryableWriteError", "NetworkError", "TransientTransactionError", "SystemOverloadedError"} {
			if labelled.HasErrorLabel(label) {
				e.Labels = append(e.Labels, label)
			}
		}
	}
	if n == codeTooLarge || n == codeObjectTooLarge || n == 52 || n == 57 {
		return fmt.Errorf("%w: %w", ErrData, e)
	}
	return e
}

// wrap says what was being done.
func wrap(ctx context.Context, operation string, err error) error {
	if err == nil {
		return nil
	}
	late := mongo.IsTimeout(err)
	err = discreet(err)
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		err = fmt.Errorf("%w: %w", ended, err)
	} else if late && !errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return fmt.Errorf("mongostore: %s: %w", operation, err)
}

const (
	// retryTimeout is how long to try again when the context has no deadline.
	retryTimeout = 5 * time.Second

	firstPause = time.Millisecond
	maxPause   = 50 * time.Millisecond
)

// retry calls f until it returns anything but an error that says that nothing has
// happened and that another attempt may succeed, or until ctx is done.
func retry(ctx context.Context, f func() error) error {
	err := f()
	if !undone(err) {
		return err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, retryTimeout)
		defer cancel()
	}
	for pause := firstPause; undone(err); pause = min(2*pause, maxPause) {
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause/2 + rand.N(pause/2)):
			err = f()
		}
	}
	return err
}

// undone reports whether the server has undone a command for a reason that may be
// over. MongoDB itself tries again, and gives up seldom.
func undone(err error) bool {
	switch code(err) {
	case codeWriteConflict, codeLockTimeout:
		return true
	}
	return false
}
