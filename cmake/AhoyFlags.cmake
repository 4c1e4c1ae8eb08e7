# Compiler and linker flags of everything, and the libraries found by pkg-config.
include(GNUInstallDirs)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
	set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

add_compile_options(
	-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
	-fno-common -fstack-protector-strong)
# Only what a program really calls becomes a dependency of it.
add_link_options(-Wl,--as-needed)
# No absolute path of the machine that compiled ends up in a binary or an assert.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)

if(AHOY_WERROR)
	add_compile_options(-Werror)
endif()

if(AHOY_SANITIZE)
	add_compile_options(-fsanitize=${AHOY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=${AHOY_SANITIZE})
elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
	# _FORTIFY_SOURCE hides from the sanitizers what they would report, hence either one or the other.
	add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
	add_link_options(-Wl,-z,relro -Wl,-z,now)
endif()

if(AHOY_FUZZ)
	if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
		message(FATAL_ERROR "AHOY_FUZZ needs clang: cmake --preset fuzz")
	endif()
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(AHOY_COVERAGE)
	add_compile_options(--coverage -fprofile-abs-path)
	add_link_options(--coverage)
endif()

if(AHOY_LTO)
	include(CheckIPOSupported)
	check_ipo_supported(RESULT ahoy_ipo OUTPUT ahoy_ipo_why LANGUAGES C)
	if(ahoy_ipo)
		set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
	else()
		message(WARNING "no link-time optimisation here: ${ahoy_ipo_why}")
	endif()
endif()

find_package(PkgConfig REQUIRED)
pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv>=1.40)
pkg_check_modules(SSL REQUIRED IMPORTED_TARGET libssl>=3.0)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto>=3.0)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares>=1.18)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.40)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.13)
pkg_check_modules(CONFUSE REQUIRED IMPORTED_TARGET libconfuse>=3.3)
pkg_check_modules(SNDFILE REQUIRED IMPORTED_TARGET sndfile>=1.1)
pkg_check_modules(NCURSESW REQUIRED IMPORTED_TARGET ncursesw>=6)
pkg_check_modules(EDIT REQUIRED IMPORTED_TARGET libedit>=3.1)
pkg_check_modules(SPEEXDSP REQUIRED IMPORTED_TARGET speexdsp>=1.2)
pkg_check_modules(SPEEX REQUIRED IMPORTED_TARGET speex>=1.2)
pkg_check_modules(OPUS REQUIRED IMPORTED_TARGET opus>=1.3)
pkg_check_modules(SPANDSP REQUIRED IMPORTED_TARGET spandsp)
find_library(AHOY_GSM gsm REQUIRED)
# iLBC is a few C files inside a static library of another name; the one thing that ahoy builds without.
find_library(AHOY_TGOWT libtg_owt.a)
if(NOT AHOY_TGOWT)
	message(STATUS "libtg_owt.a (Debian: libtgowt-dev) is not installed: no iLBC")
endif()
find_package(Threads REQUIRED)

set(AHOY_TESTS_ON OFF)
if(AHOY_TESTS STREQUAL "AUTO")
	pkg_check_modules(CMOCKA QUIET IMPORTED_TARGET cmocka)
	if(CMOCKA_FOUND)
		set(AHOY_TESTS_ON ON)
	endif()
elseif(AHOY_TESTS)
	pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
	set(AHOY_TESTS_ON ON)
endif()
