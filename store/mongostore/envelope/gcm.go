package envelope

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
)

func newGCM(key []byte, ivSize int) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("preparing the cipher: %w", err)
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, ivSize)
	if err != nil {
		return nil, fmt.Errorf("preparing the cipher: %w", err)
	}
	return gcm, nil
}

func openGCM(key, iv, ciphertext, tag, associated []byte) (plaintext []byte, ok bool) {
	gcm, err := newGCM(key, len(iv))
	if err != nil {
		return nil, false
	}
	sealed := append(append(make([]byte, 0, len(ciphertext)+len(tag)), ciphertext...), tag...)
	plaintext, err = gcm.Open(sealed[:0], iv, sealed, associated)
	return plaintext, err == nil
}

func sealGCM(key, iv, plaintext, associated []byte) (ciphertext, tag []byte, err error) {
	gcm, err := newGCM(key, len(iv))
	if err != nil {
		return nil, nil, err
	}
	sealed := gcm.Seal(nil, iv, plaintext, associated)
	n := len(sealed) - tagSize
	return sealed[:n], sealed[n:], nil
}
