// Package xaes is XAES-256-GCM, as https://c2sp.org/XAES-256-GCM specifies it.
//
// AES-GCM with random nonces of 96 bits must not seal more than 2^32 messages
// with one key: a busy site stores as many sessions in some weeks. Here each
// message has a key of its own, derived from the first half of 192 random bits,
// of which a collision is as unlikely after 2^80 messages. That takes two blocks
// of AES, a fraction of what HKDF takes, and both parts are standards of NIST.
package xaes

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"errors"
)

const (
	// KeySize is the length of a key, in bytes.
	KeySize = 32
	// Overhead is how much longer a sealed message is than the message.
	Overhead = saltSize + nonceSize + tagSize

	saltSize  = 12
	nonceSize = 12
	tagSize   = 16
)

// Cipher seals and opens messages with one key. It is safe for concurrent use.
type Cipher struct {
	block cipher.Block
	k1    [aes.BlockSize]byte // the subkey of CMAC for whole blocks
}

// New returns the cipher of a key of [KeySize] random bytes.
func New(key []byte) (*Cipher, error) {
	if len(key) != KeySize {
		return nil, errors.New("xaes: the key has the wrong length")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	c := &Cipher{block: block}
	block.Encrypt(c.k1[:], c.k1[:])
	msb := c.k1[0] >> 7
	for i := range c.k1 {
		c.k1[i] <<= 1
		if i+1 < len(c.k1) {
			c.k1[i] |= c.k1[i+1] >> 7
		}
	}
	c.k1[len(c.k1)-1] ^= msb * 0b10000111 // without a branch on a secret
	return c, nil
}

// Seal appends to dst the random bits, the encrypted message and its tag, which
// covers the additional data, too.
func (c *Cipher) Seal(dst, message, additional []byte) []byte {
	var salt [saltSize]byte
	rand.Read(salt[:])
	// The second half of the random bits is GCM's own nonce.
	return c.derive(salt[:]).Seal(append(dst, salt[:]...), nil, message, additional)
}

var errOpen = errors.New("xaes: the message does not open")

// Open appends the message to dst, unless somebody else has sealed it, or with
// other additional data.
func (c *Cipher) Open(dst, sealed, additional []byte) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, errOpen
	}
	message, err := c.derive(sealed[:saltSize]).Open(dst, nil, sealed[saltSize:], additional)
	if err != nil {
		return nil, errOpen
	}
	return message, nil
}

func (c *Cipher) derive(salt []byte) cipher.AEAD {
	key := c.key(salt)
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // not with a key of that length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // not with a block of that size
	}
	return aead
}

// key is the KDF of NIST SP 800-108 in counter mode, with CMAC over a single
// block: the counter, the label X, a zero and the salt.
func (c *Cipher) key(salt []byte) (key [KeySize]byte) {
	for i := range 2 {
		k := key[i*aes.BlockSize:][:aes.BlockSize]
		k[1], k[2] = byte(i+1), 'X'
		copy(k[4:], salt)
		subtle.XORBytes(k, k, c.k1[:])
		c.block.Encrypt(k, k)
	}
	return key
}
