package envelope

import "fmt"

// Format is one of the formats that connect-mongo has written. It decides what
// [Codec.Seal] writes. The zero Format is [Kruptein30].
type Format int

const (
	// Kruptein30 is the format of kruptein up to 3.0.9. connect-mongo 6.0.0
	// requires kruptein 3.0.8, and connect-mongo 4 and 5 had such a version
	// installed when they were new. HMAC over the ciphertext, 15000 rounds.
	Kruptein30 Format = iota
	// Kruptein31 is that of kruptein 3.1.1. HMAC over the ciphertext, the salt
	// and the IV, the latter two as the text that Node takes them for.
	Kruptein31
	// Kruptein33 is that of kruptein 3.1.4 to 3.3.0: Kruptein31 with 20000
	// rounds. A process with 3.2.0 to 3.3.0 opens what others have sealed, be
	// it Node or Go, until it first seals something itself: from then on these
	// versions take their own key for every envelope.
	Kruptein33
	// Kruptein34 is that of kruptein 3.4.0: all binary, with a type beside the
	// plaintext. connect-mongo 4 and 5 cannot read with it, whoever has written.
	Kruptein34
	// ConnectMongo3 is connect-mongo 3's own, with its option secret.
	ConnectMongo3
	// WebCrypto is that of createWebCryptoAdapter of connect-mongo 6.
	WebCrypto
)

// String returns a name for people.
func (f Format) String() string {
	switch f {
	case Kruptein30:
		return "kruptein 3.0"
	case Kruptein31:
		return "kruptein 3.1.1"
	case Kruptein33:
		return "kruptein 3.1.4 to 3.3"
	case Kruptein34:
		return "kruptein 3.4"
	case ConnectMongo3:
		return "connect-mongo 3"
	case WebCrypto:
		return "WebCrypto"
	}
	return fmt.Sprintf("Format(%d)", int(f))
}

// rounds are those of PBKDF2 in the formats of kruptein.
func (f Format) rounds() int {
	if f == Kruptein30 || f == Kruptein31 {
		return 15000
	}
	return 20000
}
