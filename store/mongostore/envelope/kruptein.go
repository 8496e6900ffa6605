package envelope

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"encoding/asn1"
	"fmt"
)

const (
	saltSize = 128 // of every version of kruptein
	tagSize  = 16
)

// fields are those of kruptein's DER SEQUENCE of OCTET STRINGs, in its order. Up to
// 3.3 CT, HMAC and AAD are text, in the encoding of the whole envelope; in 3.4 they
// are the bytes themselves.
type fields struct {
	CT, HMAC, IV, Salt, AT, AAD []byte
}

// kruptein is an envelope of kruptein, decoded.
type kruptein struct {
	fields
	binary     bool   // 3.4
	digest     digest // told by the length of the HMAC
	ciphertext []byte
	mac        []byte
	associated []byte
}

// parseKruptein takes what kruptein writes and nothing else, and is nil for all
// else. What is not DER, byte for byte, was not written by it.
func parseKruptein(der []byte) *kruptein {
	var k kruptein
	rest, err := asn1.Unmarshal(der, &k.fields)
	if err != nil || len(rest) > 0 {
		return nil
	}
	if again, err := asn1.Marshal(k.fields); err != nil || !bytes.Equal(again, der) {
		return nil
	}
	if len(k.Salt) != saltSize || len(k.AT) != tagSize || !isIVSize(len(k.IV)) {
		return nil
	}
	// Random bytes are no text in any of the encodings.
	mac, isText := decode(string(k.HMAC))
	k.binary = !isText
	if k.binary {
		k.ciphertext, k.mac, k.associated = k.CT, k.HMAC, k.AAD
	} else {
		var ok1, ok2 bool
		k.mac = mac
		k.ciphertext, ok1 = decode(string(k.CT))
		k.associated, ok2 = decode(string(k.AAD))
		if !ok1 || !ok2 {
			return nil
		}
	}
	k.digest = digest(len(k.mac))
	switch k.digest {
	case sha2of256, sha2of384, sha2of512:
		return &k
	}
	return nil
}

// isOctets reports whether data is DER of the kind that kruptein writes, with options
// that are supported or not. That of WebCrypto, which begins at random, is not.
func isOctets(der []byte) bool {
	var octets [][]byte
	rest, err := asn1.Unmarshal(der, &octets)
	return err == nil && len(rest) == 0 && len(octets) >= 4
}

// isIVSize reports whether an IV of that many bytes is plausible. kruptein takes 12
// for GCM, 16 if connect-mongo passes its option on, which from 3.4 on it does.
func isIVSize(n int) bool { return 8 <= n && n <= 64 }

// formats are those that the envelope can be of, with that of Options first.
func (k *kruptein) formats(first Format) []Format {
	switch {
	case k.binary:
		return []Format{Kruptein34}
	case first == Kruptein33:
		return []Format{Kruptein33, Kruptein30, Kruptein31}
	}
	return []Format{Kruptein30, Kruptein31, Kruptein33} // the first two share a key
}

// authenticate returns the HMAC that a format has over an envelope.
func (k *kruptein) authenticate(f Format, key []byte) []byte {
	h := hmac.New(k.digest.new(), key)
	h.Write(k.CT)
	switch f {
	case Kruptein31, Kruptein33:
		text := appendNodeText(nil, k.Salt)
		h.Write(appendNodeText(text, k.IV))
	case Kruptein34:
		h.Write(k.Salt)
		h.Write(k.IV)
	}
	return h.Sum(nil)
}

func (c *Codec) openKruptein(k *kruptein) (string, error) {
	for _, f := range k.formats(c.format) {
		for i := range c.keys.secrets {
			key, err := c.keys.key(keyOrigin{i, string(k.Salt), k.digest, f.rounds(), c.keySize})
			if err != nil {
				return "", fmt.Errorf("deriving a key: %w", err)
			}
			if !hmac.Equal(k.authenticate(f, key), k.mac) {
				continue
			}
			plaintext, ok := openGCM(key, k.IV, k.ciphertext, k.AT, k.associated)
			if !ok {
				return "", ErrSecret // changed: the associated data, say, which no HMAC covers
			}
			return unwrap(f, plaintext)
		}
	}
	return "", ErrSecret
}

func (c *Codec) sealKruptein(session string) (string, error) {
	plaintext, err := wrap(c.format, session, c.object)
	if err != nil {
		return "", err
	}
	salt := c.salt()
	key, err := c.keys.key(keyOrigin{0, salt, c.digest, c.format.rounds(), c.keySize})
	if err != nil {
		return "", fmt.Errorf("deriving a key: %w", err)
	}

	k := kruptein{digest: c.digest}
	k.Salt = []byte(salt)
	k.IV = randomBytes(12)
	if c.format == Kruptein34 {
		k.IV = randomBytes(16) // what connect-mongo asks for by default
	}
	// kruptein: an HMAC of the plaintext with a random key that it forgets.
	associated := randomBytes(int(c.digest))
	ciphertext, tag, err := sealGCM(key, k.IV, plaintext, associated)
	if err != nil {
		return "", err
	}
	text := func(data []byte) []byte { return []byte(c.encoding.encode(data)) }
	if c.format == Kruptein34 {
		text = func(data []byte) []byte { return data }
	}
	k.CT, k.AT, k.AAD = text(ciphertext), tag, text(associated)
	k.HMAC = text(k.authenticate(c.format, key))
	der, err := asn1.Marshal(k.fields)
	if err != nil {
		return "", fmt.Errorf("encoding an envelope: %w", err)
	}
	return c.encoding.encode(der), nil
}

func randomBytes(n int) []byte {
	data := make([]byte, n)
	rand.Read(data) // never fails
	return data
}
