package mongotest

import (
	"encoding/binary"
	"errors"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The codes of messages, of which OP_QUERY and OP_REPLY are in use for the first
// one of a connection only.
const (
	opQuery = 2004
	opMsg   = 2013

	headerSize = 16
	maxMessage = 48_000_000 // of MongoDB

	checksumPresent = 1 << 0
	moreToCome      = 1 << 1
)

var errMessage = errors.New("mongotest: not a message of MongoDB's protocol")

// message is one message as it was received, header included.
type message []byte

func (m message) requestID() uint32 { return binary.LittleEndian.Uint32(m[4:]) }
func (m message) code() uint32      { return binary.LittleEndian.Uint32(m[12:]) }

// moreToCome reports whether the sender goes on without waiting for the other side.
func (m message) moreToCome() bool {
	return m.code() == opMsg && len(m) >= headerSize+4 && binary.LittleEndian.Uint32(m[headerSize:])&moreToCome != 0
}

func readMessage(r io.Reader) (message, error) {
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(header)
	if size < headerSize || size > maxMessage {
		return nil, errMessage
	}
	m := make(message, size)
	copy(m, header)
	_, err := io.ReadFull(r, m[headerSize:])
	return m, err
}

// body returns the document of a command, without sequences of documents that
// stand beside it. What is no OP_MSG has none.
func (m message) body() bson.Raw {
	if m.code() != opMsg || len(m) < headerSize+4 {
		return nil
	}
	rest := m[headerSize+4:]
	if binary.LittleEndian.Uint32(m[headerSize:])&checksumPresent != 0 {
		rest = rest[:max(len(rest)-4, 0)]
	}
	for len(rest) >= 5 {
		size := int(binary.LittleEndian.Uint32(rest[1:]))
		if size < 4 || size > len(rest)-1 {
			return nil
		}
		if rest[0] == 0 {
			return bson.Raw(rest[1 : 1+size])
		}
		rest = rest[1+size:]
	}
	return nil
}

// answerTo makes an answer.
func answerTo(m message, doc bson.Raw) message {
	size := headerSize + 4 + 1 + len(doc)
	a := make(message, headerSize+5, size)
	binary.LittleEndian.PutUint32(a, uint32(size))
	binary.LittleEndian.PutUint32(a[8:], m.requestID())
	binary.LittleEndian.PutUint32(a[12:], opMsg)
	return append(a, doc...)
}
