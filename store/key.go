package store

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/sojourn-dev/sojourn/internal/xaes"
)

// Key is a key for [Encrypt], made by [NewKey] or [ParseKeys]. The zero Key is
// none. It may be printed: it shows as its ID.
type Key struct {
	// A pointer, as fmt would print the bytes of a key that stands in an
	// unexported field of something else.
	k *key
}

type key struct {
	id     string
	cipher *xaes.Cipher
}

// KeySize is the length of the bytes that a [Key] is made of.
const KeySize = 32

// ErrKey: what is to be a key is none, or there is none at all.
var ErrKey = errors.New("invalid encryption key")

// NewKey returns the key that is made of [KeySize] random bytes, a copy of which
// it keeps in no form that could be read back. Otherwise the error is [ErrKey]:
// also when they cannot be random, as they are all text or mostly the same. A
// password is no key, and neither are the digits of one.
func NewKey(random []byte) (Key, error) {
	if err := checkKey(random); err != nil {
		return Key{}, err
	}
	// Keys for this purpose only, in case the bytes serve another one as well.
	id, err := hkdf.Key(sha256.New, random, nil, "sojourn: id of a record key", 8)
	if err != nil {
		return Key{}, fmt.Errorf("deriving a key: %w", err)
	}
	derived, err := hkdf.Key(sha256.New, random, nil, "sojourn: record key", xaes.KeySize)
	if err != nil {
		return Key{}, fmt.Errorf("deriving a key: %w", err)
	}
	c, err := xaes.New(derived)
	if err != nil {
		return Key{}, fmt.Errorf("deriving a key: %w", err)
	}
	return Key{&key{base64.RawURLEncoding.EncodeToString(id), c}}, nil
}

func checkKey(random []byte) error {
	if len(random) != KeySize {
		return fmt.Errorf("%w: it has %d bytes, not %d", ErrKey, len(random), KeySize)
	}
	text, different, seen := true, 0, [256]bool{}
	for _, c := range random {
		text = text && ' ' <= c && c <= '~'
		if !seen[c] {
			different++
		}
		seen[c] = true
	}
	// Random bytes fail either once in some 10^13 times.
	switch {
	case text:
		return fmt.Errorf("%w: it is text, not random bytes", ErrKey)
	case different < KeySize/2:
		return fmt.Errorf("%w: its bytes are not random", ErrKey)
	}
	return nil
}

// ParseKeys returns the keys of a list with commas between them, as it stands in
// the environment or in a file. Each is [KeySize] random bytes in base64 (of
// either alphabet, padded or not) or in hexadecimal digits:
//
//	openssl rand -base64 32
//
// An error is [ErrKey] and says which key is wrong without repeating it. A list
// without keys is an error, too: what was to be encrypted must not be stored in
// plain because a variable was not set.
func ParseKeys(list string) ([]Key, error) {
	if strings.TrimSpace(list) == "" {
		return nil, fmt.Errorf("%w: there is none", ErrKey)
	}
	var keys []Key
	for text := range strings.SplitSeq(list, ",") {
		random, err := decodeKey(strings.TrimSpace(text))
		var k Key
		if err == nil {
			k, err = NewKey(random)
		}
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", len(keys)+1, err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// decodeKey tells the encodings apart by their lengths. The errors of the
// decoders would repeat what they have met.
func decodeKey(text string) (random []byte, err error) {
	switch padless := strings.TrimRight(text, "="); {
	case text == "":
		return nil, fmt.Errorf("%w: it is empty", ErrKey)
	case len(text) == hex.EncodedLen(KeySize):
		random, err = hex.DecodeString(text)
	default:
		enc := base64.RawStdEncoding
		if strings.ContainsAny(padless, "-_") {
			enc = base64.RawURLEncoding
		}
		random, err = enc.Strict().DecodeString(padless)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: it is neither base64 nor hexadecimal", ErrKey)
	}
	return random, nil
}

// ID returns what tells the key from others and gives nothing away: 11
// characters that are derived from it and stand in each record it has encrypted.
// It is empty for the zero Key.
func (k Key) ID() string {
	if k.k == nil {
		return ""
	}
	return k.k.id
}

// String returns the ID.
func (k Key) String() string {
	if k.k == nil {
		return "no key"
	}
	return "key " + k.k.id
}

// GoString returns the ID.
func (k Key) GoString() string { return "store.Key(" + k.ID() + ")" }
