// Package envelope seals and opens what connect-mongo stores in the field
// "session" when it encrypts: the JSON text of a session, so that an Express
// application and a Go program can share encrypted sessions in MongoDB.
//
// There is not one such format. connect-mongo 4 to 6 leave encryption to the
// package kruptein, whose versions write four formats that do not read each other,
// connect-mongo 3 had one of its own, and connect-mongo 6 can use WebCrypto
// instead. See [Format]. A [Codec] opens them all and seals in one.
//
// # What is supported
//
// Of kruptein's options, every encodeas that is base64, base64url or hex, every
// hashing that is sha256, sha384 or sha512, and AES-GCM with each of its keys. An
// envelope tells its encoding and its hash itself; see [Options] for the rest.
// Refused, as [ErrFormat] or by [New], are ciphers other than AES-GCM, use_scrypt
// and use_argon2 (they cannot be told from a wrong secret: [ErrSecret]),
// use_asn1: false, and tags that are not of 16 bytes. Of connect-mongo 3,
// encodeas other than hex is refused; of the WebCrypto adapter AES-CBC and AES-CTR,
// which nothing authenticates, and an ivLength other than 12.
//
// # What it costs
//
// Each format stretches the secret with PBKDF2, 15000 or 20000 rounds of it for
// kruptein: some 10 ms. Node pays that for each read and each write, as it takes a
// new salt for each write. A Codec keeps derived keys, so it pays once for an
// envelope that it has not seen, and nothing for what it has sealed itself: its
// salt is random, but stays for a great many envelopes. That is safe. The salt is
// there against tables of derived keys, not against repetition; what must not
// repeat with a key is the IV, of which 96 random bits or more are drawn for each
// envelope, and a million envelopes under one salt are far below the 2^32 that NIST
// SP 800-38D allows there. ConnectMongo3 and WebCrypto have no salt but a fixed one: a
// secret is one key there, in all processes together, Node's included. Replace the
// secret of WebCrypto before 2^32 saves. A process that reads what another one has sealed pays
// once for each of the other's salts.
//
// An envelope does not tell its number of rounds. Opening one that is not of
// Options.Format, or whose secret is not the first, costs the attempts before it.
//
// # What it does not do
//
// These formats do not bind an envelope to its session: whoever can write to the
// database can put one session's envelope into another one's document, in Express
// as well as here. Where no Express application reads the records,
// store.Encrypt is the better choice.
package envelope
