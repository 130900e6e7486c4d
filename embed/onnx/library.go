package onnx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"vitrine"
)

// LibraryVariable is the environment variable that names the shared library, or the folder that holds it.
const LibraryVariable = "ONNXRUNTIME_LIB"

// The oldest ONNX Runtime whose C API the binding speaks; newer ones stay compatible.
const oldestMajor, oldestMinor = 1, 24

// FindLibrary returns the path of the ONNX Runtime shared library. It takes the first of: explicit (a file or folder), the file or folder
// that $ONNXRUNTIME_LIB names, the system's library folders, .cache/onnxruntime/<version> in the folder of the executable, in the working
// directory and in every folder above these two, and the executable's own folder. A setting that leads nowhere is an error rather than
// passed over; a library whose name says that it is too old is passed over. The error, of code Unavailable, lists where it looked and how to get one.
func FindLibrary(explicit string) (string, error) {
	for _, setting := range []struct{ name, value string }{{"library setting", explicit}, {LibraryVariable, os.Getenv(LibraryVariable)}} {
		if setting.value == "" {
			continue
		}
		if info, err := os.Stat(setting.value); err == nil && !info.IsDir() {
			return setting.value, nil
		}
		if found := newest(setting.value); found != "" {
			return found, nil
		}
		return "", vitrine.Errorf(vitrine.Unavailable, "%s %q: no ONNX Runtime library there", setting.name, setting.value)
	}
	looked := slices.Concat(systemFolders(), cacheFolders())
	for _, folder := range looked {
		if found := newest(folder); found != "" {
			return found, nil
		}
	}
	return "", vitrine.Errorf(vitrine.Unavailable, "ONNX Runtime library (%d.%d or newer) not found: run \"make setup\", or name the file in $%s; looked in %s",
		oldestMajor, oldestMinor, LibraryVariable, strings.Join(looked, ", "))
}

func systemFolders() []string {
	if runtime.GOOS == "darwin" {
		return []string{"/opt/homebrew/lib", "/usr/local/lib", "/usr/lib"}
	}
	folders := []string{"/usr/local/lib", "/usr/lib"}
	if machine := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]; machine != "" {
		folders = append(folders, "/usr/lib/"+machine+"-linux-gnu")
	}
	return append(folders, "/usr/lib64", "/opt/onnxruntime/lib")
}

// cacheFolders lists where "make setup" leaves the library, seen from the executable and from the working directory, newest version first.
func cacheFolders() []string {
	var starts []string
	executable, err := os.Executable()
	if err == nil {
		if resolved, err := filepath.EvalSymlinks(executable); err == nil {
			executable = resolved
		}
		starts = append(starts, filepath.Dir(executable))
	}
	if working, err := os.Getwd(); err == nil {
		starts = append(starts, working)
	}
	var folders []string
	for _, start := range starts {
		for folder := start; ; folder = filepath.Dir(folder) {
			cache := filepath.Join(folder, ".cache", "onnxruntime")
			if entries, err := os.ReadDir(cache); err == nil {
				slices.SortFunc(entries, func(a, b fs.DirEntry) int { return slices.Compare(version(b.Name()), version(a.Name())) })
				for _, entry := range entries {
					folders = append(folders, filepath.Join(cache, entry.Name()))
				}
			}
			if folder == filepath.Dir(folder) {
				break
			}
		}
	}
	for _, start := range starts {
		if cache := filepath.Join(start, ".cache", "onnxruntime"); !slices.ContainsFunc(folders, func(f string) bool { return filepath.Dir(f) == cache }) {
			folders = append(folders, cache)
		}
	}
	if executable != "" {
		folders = append(folders, filepath.Dir(executable))
	}
	return slices.Compact(folders)
}

// newest returns the newest usable library file in a folder, or "".
func newest(folder string) string {
	patterns := []string{"libonnxruntime.so", "libonnxruntime.so.*"}
	if runtime.GOOS == "darwin" {
		patterns = []string{"libonnxruntime.dylib", "libonnxruntime.*.dylib"}
	}
	var best string
	var bestVersion []int
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			continue
		}
		for _, path := range found {
			target, err := filepath.EvalSymlinks(path)
			if err != nil {
				continue
			}
			v := version(filepath.Base(target))
			if len(v) >= 2 && slices.Compare(v, []int{oldestMajor, oldestMinor}) < 0 {
				continue
			}
			if best == "" || slices.Compare(v, bestVersion) > 0 {
				best, bestVersion = path, v
			}
		}
	}
	return best
}

var versionPattern = regexp.MustCompile(`\d+(\.\d+)+`)

// version reads the dotted number in a file or folder name, as in libonnxruntime.so.1.24.2; nil when there is none.
func version(name string) []int {
	var v []int
	for part := range strings.SplitSeq(versionPattern.FindString(name), ".") {
		n, err := strconv.Atoi(part)
		if errors.Is(err, strconv.ErrSyntax) {
			return nil
		}
		v = append(v, n)
	}
	return v
}
