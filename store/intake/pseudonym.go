package intake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// pseudonymMark tells a pseudonym from a name.
const pseudonymMark = "~"

// Pseudonym is the name under which a user or session is stored: without a key the name itself, else one that cannot be turned back without
// the key. The pseudonym of a pseudonym is itself, so that one read from the store can be asked for.
func (in *Intake) Pseudonym(name string) string {
	const size = 16
	if len(in.options.Key) == 0 || name == "" || isPseudonym(name, size) {
		return name
	}
	mac := hmac.New(sha256.New, in.options.Key)
	mac.Write([]byte(name))
	return pseudonymMark + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:size])
}

func isPseudonym(name string, size int) bool {
	text, ok := strings.CutPrefix(name, pseudonymMark)
	raw, err := base64.RawURLEncoding.DecodeString(text)
	return ok && err == nil && len(raw) == size
}
