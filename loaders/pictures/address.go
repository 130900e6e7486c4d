package pictures

import (
	"net/netip"
	"syscall"

	"vitrine"
)

// RefusePrivate is the Control of a [net.Dialer] that lets connections to public addresses through only: it is called with the resolved address of each
// before it is made. The error has code Invalid.
func RefusePrivate(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return vitrine.Errorf(vitrine.Invalid, "address %q is malformed", address)
	}
	if !IsPublic(at.Addr()) {
		return vitrine.Errorf(vitrine.Invalid, "address %s is not public", at.Addr())
	}
	return nil
}

// IsPublic reports whether an address is an ordinary one of the public internet. It is not when loopback, private, link-local (where
// clouds answer with instance metadata), shared (carrier-grade NAT), multicast, for documentation or tests, reserved or unspecified,
// and neither when an IPv6 address stands for such an IPv4 address (mapped, compatible, 6to4, Teredo, NAT64).
func IsPublic(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsValid() || !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, block := range reserved() {
		if block.Contains(a) {
			return false
		}
	}
	return true
}

// reserved lists the blocks of the IANA special-purpose registries that IsGlobalUnicast and IsPrivate let through. The IPv6 blocks
// that embed IPv4 addresses are refused whole.
func reserved() []netip.Prefix {
	blocks := []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
		"fec0::/10", "fc00::/7",
	}
	prefixes := make([]netip.Prefix, len(blocks))
	for i, block := range blocks {
		prefixes[i] = netip.MustParsePrefix(block)
	}
	return prefixes
}
