package mongostore

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// DefaultCollection is the collection that keeps the sessions unless [Options]
// names another one, as in connect-mongo.
const DefaultCollection = "sessions"

// Options are the settings of [Open], [Connect] and [New]. The zero value suits
// connect-mongo 6.0.0 and 5.1.0 with their defaults.
type Options struct {
	// Collection is the name of the collection. "" means [DefaultCollection].
	// The names of the collections that serve the index of users begin with it.
	Collection string

	// Documents has sessions stored as documents in place of the text of JSON,
	// as connect-mongo does with stringify: false. An Express application that
	// shares the sessions must have the same setting. What a document cannot
	// hold is [ErrData], and data come back as the same JSON value but not with
	// the same spaces, see the package's documentation. Whatever the setting,
	// both are read.
	Documents bool

	// Crypto encrypts what is stored, as connect-mongo does with crypto or
	// cryptoAdapter; package envelope has what reads and writes theirs. nil
	// stores in the clear. It excludes Documents: what is encrypted is text.
	Crypto Crypto

	// LastModified has saves and touches write the time into the field
	// lastModified. Set it where an Express application shares the sessions and
	// has touchAfter, which otherwise touches those of ours on every request.
	// An application must not keep data under that name then: connect-mongo
	// replaces it.
	LastModified bool

	// WriteConcern is what a write waits for. nil means a majority of the
	// replica set, or what the URL says: what only the primary has is lost when
	// it dies, and a logout with it. One that waits for nothing is refused.
	WriteConcern *writeconcern.WriteConcern

	// NoIndexes has no index created. Expired records are then deleted as
	// SweepBatch and SweepInterval say, unless the index is there already.
	NoIndexes bool

	// SweepBatch is the most records that one write looks through for expired
	// ones where the server has no index that makes it delete them. 0 means
	// 256. A negative number turns the sweep off; expired records then stay
	// until somebody else deletes them, but no method returns them.
	SweepBatch int

	// SweepInterval is the mean pause between one walk through the collection
	// and the next. Pauses vary by half of it. 0 means 10 minutes, as
	// autoRemoveInterval in connect-mongo.
	SweepInterval time.Duration
}

// Crypto encrypts sessions at rest. It must be safe for concurrent use. Its errors
// must contain neither text nor secret.
type Crypto interface {
	// Seal returns what is stored in place of plaintext, in UTF-8. It may
	// return another text each time.
	Seal(plaintext string) (string, error)
	// Open returns the plaintext of what Seal, or the counterpart of this Crypto
	// in Node, has made.
	Open(text string) (plaintext string, err error)
}

const (
	defaultSweepBatch    = 256
	defaultSweepInterval = 10 * time.Minute

	usersSuffix     = "_users"
	notBeforeSuffix = "_not_before"
	sweepSuffix     = "_sweep"

	// maxCollection leaves room for a database of 63 bytes and for the longest
	// suffix, in the 255 bytes that MongoDB allows for both.
	maxCollection = 255 - 63 - 1 - len(notBeforeSuffix)
)

// complete fills in the defaults and says what is wrong.
func (o *Options) complete() error {
	if o.Collection == "" {
		o.Collection = DefaultCollection
	}
	if err := checkCollection(o.Collection); err != nil {
		return fmt.Errorf("Options.Collection %w", err)
	}
	if o.Documents && o.Crypto != nil {
		return errors.New("Options.Documents and Options.Crypto exclude each other: what is encrypted is text")
	}
	if o.WriteConcern != nil && !o.WriteConcern.Acknowledged() {
		return errors.New("Options.WriteConcern waits for nothing, so that nobody would know what was stored")
	}
	if o.SweepInterval < 0 {
		return errors.New("Options.SweepInterval is negative")
	}
	if o.SweepBatch == 0 {
		o.SweepBatch = defaultSweepBatch
	}
	if o.SweepInterval == 0 {
		o.SweepInterval = defaultSweepInterval
	}
	return nil
}

// checkCollection reports what no collection may be called.
func checkCollection(name string) error {
	switch {
	case !utf8.ValidString(name):
		return errors.New("is not UTF-8")
	case len(name) > maxCollection:
		return fmt.Errorf("has %d bytes, more than %d", len(name), maxCollection)
	case strings.ContainsAny(name, "$\x00"):
		return errors.New("has a $ or a zero byte, which no collection may have")
	case strings.HasPrefix(name, "system.") || strings.HasPrefix(name, "."):
		return errors.New("begins with what no collection may begin with")
	}
	return nil
}
