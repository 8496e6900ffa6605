package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"
)

const (
	// MinPasswordLength is how many characters (code points) a new password
	// has at least.
	MinPasswordLength = 8
	// MaxPasswordBytes is how many bytes a password has at most: as many as
	// bcrypt reads.
	MaxPasswordBytes = 72
)

// prefix begins our hashes. x/crypto writes "$2a$" for the same, which elsewhere
// can mean an old mistake with passwords of more than 255 bytes. Programs that
// share accounts, in Node for one, write and read "$2b$".
const prefix = "$2b$"

// checkPassword reports what is wrong with a new password of the user with
// that key.
func checkPassword(password, nameKey string) error {
	if utf8.RuneCountInString(password) < MinPasswordLength {
		return ErrPasswordTooShort
	}
	if err := hashable(password); err != nil {
		return err
	}
	if guessable(password, nameKey) {
		return ErrPasswordCommon
	}
	return nil
}

// hashable reports passwords of which bcrypt would see a part only. x/crypto
// refuses to hash more than 72 bytes, but compares the first 72 without a word.
// And as it hashes a password over and over with a zero byte in between,
// "a\x00a" is the same as "a".
func hashable(password string) error {
	switch {
	case len(password) > MaxPasswordBytes:
		return ErrPasswordTooLong
	case strings.ContainsRune(password, 0):
		return ErrPasswordCharacters
	}
	return nil
}

// hasher hashes and compares passwords, only so many at a time.
type hasher struct {
	cost  int
	dummy []byte // of the cost, fits no password
	gate  *gate
}

func newHasher(cost, parallel, queue int) *hasher {
	return &hasher{cost: cost, dummy: dummyHash(cost), gate: newGate(parallel, queue)}
}

// dummyHash returns a hash that takes as long to compare with as one of that
// cost. It was not made from a password: finding one for it is finding a
// preimage.
func dummyHash(cost int) []byte {
	return fmt.Appendf(nil, "%s%02d$%s", prefix, cost, "Q7kAq0zXv1vYk5eD8yWm4uVw3oZrJtS9bHcLfNpGxEiMdTjRaUsKe")
}

// hash returns the hash of a new password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.gate.enter(ctx); err != nil {
		return "", err
	}
	defer h.gate.leave()
	return h.generate(password)
}

func (h *hasher) generate(password string) (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), h.cost)
	if err != nil {
		return "", fmt.Errorf("hashing the password: %w", err)
	}
	return prefix + strings.TrimPrefix(string(hash), "$2a$"), nil
}

// compare reports whether the password is that of hash, and returns another
// hash of it if this one is of another cost than new ones are. An empty hash
// fits no password and costs the same work.
func (h *hasher) compare(ctx context.Context, hash, password string) (renewed string, err error) {
	if err := h.gate.enter(ctx); err != nil {
		return "", err
	}
	defer h.gate.leave()
	if err := h.check(hash, password); err != nil {
		return "", err
	}
	if cost, err := bcrypt.Cost([]byte(hash)); err != nil || cost == h.cost {
		return "", err
	}
	return h.generate(password)
}

// compareOnly is compare for those who have no use for another hash.
func (h *hasher) compareOnly(ctx context.Context, hash, password string) error {
	if err := h.gate.enter(ctx); err != nil {
		return err
	}
	defer h.gate.leave()
	return h.check(hash, password)
}

// exchange compares as compare does, and returns the hash of another password.
func (h *hasher) exchange(ctx context.Context, hash, password, replacement string) (string, error) {
	if err := h.gate.enter(ctx); err != nil {
		return "", err
	}
	defer h.gate.leave()
	if err := h.check(hash, password); err != nil {
		return "", err
	}
	return h.generate(replacement)
}

func (h *hasher) check(hash, password string) error {
	known := []byte(hash)
	if hash == "" {
		known = h.dummy
	}
	err := bcrypt.CompareHashAndPassword(known, []byte(password))
	switch {
	case errors.Is(err, bcrypt.ErrMismatchedHashAndPassword), err == nil && hash == "":
		return ErrCredentials
	case err != nil:
		// What is stored is no hash of bcrypt. Nobody outside may see that, by the
		// answer or by the time that it takes, and the error may quote it.
		bcrypt.CompareHashAndPassword(h.dummy, []byte(password))
		return ErrCredentials
	}
	return nil
}
