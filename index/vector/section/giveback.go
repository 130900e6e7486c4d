package section

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// GiveBack lets the system take the memory of numbers that lie in a mapped file and have not been changed since it was opened; they are read from
// the file again when they are looked at. Pages that they share with others stay. It is advice: what the system makes of it is not told.
func GiveBack[T Element](numbers []T) {
	if len(numbers) == 0 {
		return
	}
	page := uintptr(unix.Getpagesize())
	start := uintptr(unsafe.Pointer(unsafe.SliceData(numbers))) //nolint:gosec // only its remainder is used
	skip := (page - start%page) % page
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(numbers))), len(numbers)*int(unsafe.Sizeof(numbers[0]))) //nolint:gosec // the same memory
	if uintptr(len(bytes)) < skip+page {
		return
	}
	bytes = bytes[skip:]
	_ = unix.Madvise(bytes[:uintptr(len(bytes))/page*page], unix.MADV_DONTNEED)
}
