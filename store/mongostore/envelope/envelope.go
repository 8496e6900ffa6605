package envelope

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

var (
	// ErrFormat: a text is no envelope that is known here, or what it holds is
	// no session.
	ErrFormat = errors.New("not an envelope of connect-mongo")
	// ErrSession: what is to be sealed is not UTF-8, or not an object where
	// Options.Object asks for one.
	ErrSession = errors.New("not a session that can be sealed")
	// ErrSecret: none of the secrets opens an envelope, or it was changed.
	ErrSecret = errors.New("no secret opens the envelope")
	// ErrOptions: [New] was given what cannot be.
	ErrOptions = errors.New("invalid options")
)

// Options are those of a [Codec]. The zero value of each but Secrets is what
// connect-mongo 6.0.0 does by default.
type Options struct {
	// Secrets are crypto.secret of connect-mongo, secret of connect-mongo 3 or of
	// createWebCryptoAdapter. The first seals, all open. At least one is
	// required, and none may be empty.
	//
	// kruptein from 3.1.1 on refuses to seal with a secret that has not eight
	// characters, among them two each of A to Z, of a to z, of digits and of
	// !@#$%^&*()_+-=[]{};':"\|,.<>/? and opens with any. This package does both
	// with any.
	Secrets []string

	// Format is what Seal writes.
	Format Format

	// Object is for connect-mongo 4 and 5 with stringify: false: only then they
	// read what Seal writes. Neither they with stringify: true nor connect-mongo 6
	// with it need it. It says nothing with ConnectMongo3 and WebCrypto.
	Object bool

	// Algorithm is that of kruptein and connect-mongo 3, and decides how long the
	// key is: "aes-256-gcm" (also for ""), "aes-192-gcm" or "aes-128-gcm". It
	// concerns opening, too.
	Algorithm string

	// Hash is hashing of kruptein and connect-mongo 3, for Seal: "sha512" (also
	// for ""), "sha384", the default of kruptein without connect-mongo, or
	// "sha256".
	Hash string

	// Encoding is encodeas of kruptein, or encoding of the WebCrypto adapter, for
	// Seal. ConnectMongo3 has Hex only.
	Encoding Encoding

	// WebSalt is salt of createWebCryptoAdapter, if it was given one. It concerns
	// opening, too.
	WebSalt string

	// WebRounds is iterations of createWebCryptoAdapter, 310000 for 0. It concerns
	// opening, too.
	WebRounds int

	// KeptKeys is how many derived keys are kept, 1024 for 0. One takes some 500
	// bytes. Each envelope that Node has sealed has a key of its own for each
	// secret and each number of rounds that is tried, so it should exceed the
	// number of sessions that both sides use at a time, times the number of
	// Secrets, and twice that if they are not of Options.Format.
	KeptKeys int
}

// Codec seals and opens. It is safe for concurrent use, and made by [New].
type Codec struct {
	format   Format
	object   bool
	digest   digest
	encoding Encoding
	keySize  int
	webSalt  string

	webRounds int
	keys      *keyring
	webKeys   *keyring // apart, as these are never to be derived again

	mu       sync.Mutex
	ownSalt  string
	usesLeft int
}

// saltUses is how many envelopes share a salt, and so a key.
const saltUses = 1 << 20

// New returns a Codec. The error is [ErrOptions].
func New(o Options) (*Codec, error) {
	c := &Codec{
		format:    o.Format,
		object:    o.Object,
		digest:    sha2of512,
		encoding:  o.Encoding,
		webSalt:   webSalt,
		webRounds: webRounds,
	}
	if len(o.Secrets) == 0 {
		return nil, fmt.Errorf("envelope: %w: there is no secret", ErrOptions)
	}
	for _, secret := range o.Secrets {
		if secret == "" {
			return nil, fmt.Errorf("envelope: %w: a secret is empty", ErrOptions)
		}
	}
	if o.Format < Kruptein30 || WebCrypto < o.Format {
		return nil, fmt.Errorf("envelope: %w: there is no %v", ErrOptions, o.Format)
	}
	switch o.Algorithm {
	case "", "aes-256-gcm":
		c.keySize = 32
	case "aes-192-gcm":
		c.keySize = 24
	case "aes-128-gcm":
		c.keySize = 16
	default:
		return nil, fmt.Errorf("envelope: %w: algorithm %q is not supported, only AES-GCM is", ErrOptions, o.Algorithm)
	}
	switch o.Hash {
	case "", "sha512":
	case "sha384":
		c.digest = sha2of384
	case "sha256":
		c.digest = sha2of256
	default:
		return nil, fmt.Errorf("envelope: %w: hash %q is not supported", ErrOptions, o.Hash)
	}
	switch {
	case o.Encoding < DefaultEncoding || Hex < o.Encoding:
		return nil, fmt.Errorf("envelope: %w: there is no such encoding", ErrOptions)
	case o.Format == ConnectMongo3 && (o.Encoding == Base64 || o.Encoding == Base64URL):
		return nil, fmt.Errorf("envelope: %w: %v has hex only", ErrOptions, o.Format)
	}
	if o.WebRounds < 0 || o.KeptKeys < 0 {
		return nil, fmt.Errorf("envelope: %w: a number is negative", ErrOptions)
	}
	if o.WebSalt != "" {
		c.webSalt = o.WebSalt
	}
	if o.WebRounds > 0 {
		c.webRounds = o.WebRounds
	}
	kept := o.KeptKeys
	if kept == 0 {
		kept = 1024
	}
	secrets := append([]string(nil), o.Secrets...)
	c.keys = newKeyring(secrets, kept)
	c.webKeys = newKeyring(secrets, len(secrets))
	return c, nil
}

// Seal returns an envelope of the JSON text of a session, in Options.Format. The
// text has to be UTF-8, and an object if Options.Object asks for one; otherwise the
// error is [ErrSession]. No two envelopes are equal.
func (c *Codec) Seal(session string) (text string, err error) {
	switch c.format {
	case ConnectMongo3:
		text, err = c.sealConnectMongo3(session)
	case WebCrypto:
		text, err = c.sealWebCrypto(session)
	default:
		text, err = c.sealKruptein(session)
	}
	if err != nil {
		return "", fmt.Errorf("envelope: %w", err)
	}
	return text, nil
}

// Open returns the JSON text of the session in an envelope of any [Format], whatever
// Options.Format is. The error is [ErrFormat] or [ErrSecret]; neither shows what is
// in the envelope. As nothing marks the envelopes of WebCrypto, each base64 text of
// 28 bytes or more may be one, and is ErrSecret rather than ErrFormat.
func (c *Codec) Open(text string) (session string, err error) {
	session, err = c.open(text)
	if err != nil {
		return "", fmt.Errorf("envelope: %w", err)
	}
	return session, nil
}

func (c *Codec) open(text string) (string, error) {
	if strings.HasPrefix(text, `"`) {
		e := parseConnectMongo3(text)
		if e == nil {
			return "", ErrFormat
		}
		return c.openConnectMongo3(e)
	}
	data, ok := decode(text)
	if !ok {
		return "", ErrFormat
	}
	if k := parseKruptein(data); k != nil {
		return c.openKruptein(k)
	}
	if isOctets(data) {
		return "", fmt.Errorf("%w: it is kruptein's, with options that are not supported", ErrFormat)
	}
	return c.openWebCrypto(data)
}

// salt returns one for an envelope that is to be sealed.
func (c *Codec) salt() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.usesLeft == 0 {
		c.ownSalt, c.usesLeft = string(randomBytes(saltSize)), saltUses
	}
	c.usesLeft--
	return c.ownSalt
}
