package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"vitrine"
)

// keyring decides who may write and administer.
type keyring struct {
	hashes [][sha256.Size]byte
	// loopback opens to this machine while there are no keys.
	loopback bool
	origins  *http.CrossOriginProtection
}

func newKeyring(keys []string, openLoopback bool) keyring {
	k := keyring{loopback: openLoopback && len(keys) == 0, origins: http.NewCrossOriginProtection()}
	for _, key := range keys {
		k.hashes = append(k.hashes, sha256.Sum256([]byte(key)))
	}
	return k
}

// admit returns nil or an error with code [vitrine.Unauthorized].
func (k keyring) admit(r *http.Request) error {
	if len(k.hashes) > 0 {
		return k.checkKey(r)
	}
	if !k.loopback {
		return vitrine.Errorf(vitrine.Unauthorized, "writes and admin are closed: the server has no API key configured")
	}
	if !fromThisMachine(r) {
		return vitrine.Errorf(vitrine.Unauthorized, "writes and admin are open to clients of the server's own machine only: no API key is configured")
	}
	if err := k.origins.Check(r); err != nil {
		return vitrine.Errorf(vitrine.Unauthorized, "writes and admin are closed to pages of other origins")
	}
	return nil
}

func (k keyring) checkKey(r *http.Request) error {
	key := r.Header.Get("X-API-Key")
	if scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " "); found && strings.EqualFold(scheme, "Bearer") {
		key = strings.TrimSpace(token)
	}
	if key == "" {
		return vitrine.Errorf(vitrine.Unauthorized, "an API key is needed, as Authorization: Bearer KEY or X-API-Key: KEY")
	}
	// Hashes are of one length, and every key is compared: the time tells nothing about the keys.
	hash, match := sha256.Sum256([]byte(key)), 0
	for _, h := range k.hashes {
		match |= subtle.ConstantTimeCompare(hash[:], h[:])
	}
	if match == 0 {
		return vitrine.Errorf(vitrine.Unauthorized, "the API key is wrong")
	}
	return nil
}

// fromThisMachine reports whether the client is local: its address is loopback, it comes through no proxy, and it asked for a local host,
// which a page that had its own name resolve to this machine did not.
func fromThisMachine(r *http.Request) bool {
	for _, header := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded"} {
		if r.Header.Get(header) != "" {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && isLocalHost(r.Host)
}

func isLocalHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && address.IsLoopback()
}
