package envelope

import (
	"container/list"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"sync"
)

// digest is a hash function by the length of its result in bytes, 0 for none.
type digest int

const (
	sha2of256 digest = sha256.Size
	sha2of384 digest = sha512.Size384
	sha2of512 digest = sha512.Size
)

func (d digest) new() func() hash.Hash {
	switch d {
	case sha2of256:
		return sha256.New
	case sha2of384:
		return sha512.New384
	}
	return sha512.New
}

// keyOrigin is what a key is derived from.
type keyOrigin struct {
	secret int // its index, as secrets are in no map
	salt   string
	digest digest
	rounds int
	length int
}

// keyring derives keys and keeps those that were used last.
type keyring struct {
	secrets []string
	limit   int
	derive  func(secret string, o keyOrigin) ([]byte, error)

	mu      sync.Mutex
	keys    map[keyOrigin]*list.Element // of *derivation
	ordered list.List                   // the one used last is in front
}

// derivation is a key that is being derived or has been: whoever needs it
// meanwhile waits for it instead of deriving it, too.
type derivation struct {
	origin keyOrigin
	result func() ([]byte, error)
}

func newKeyring(secrets []string, limit int) *keyring {
	return &keyring{secrets: secrets, limit: limit, derive: derive, keys: make(map[keyOrigin]*list.Element)}
}

func derive(secret string, o keyOrigin) ([]byte, error) {
	return pbkdf2.Key(o.digest.new(), secret, []byte(o.salt), o.rounds, o.length)
}

func (k *keyring) key(o keyOrigin) ([]byte, error) {
	return k.derivation(o).result()
}

func (k *keyring) derivation(o keyOrigin) *derivation {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e, ok := k.keys[o]; ok {
		k.ordered.MoveToFront(e)
		return e.Value.(*derivation)
	}
	d := &derivation{origin: o, result: sync.OnceValues(func() ([]byte, error) {
		return k.derive(k.secrets[o.secret], o)
	})}
	k.keys[o] = k.ordered.PushFront(d)
	if k.ordered.Len() > k.limit {
		oldest := k.ordered.Remove(k.ordered.Back()).(*derivation)
		delete(k.keys, oldest.origin)
	}
	return d
}
