# make install: programs, sound drivers, man pages, the systemd unit; the library with its headers, for pkg-config and
# CMake (component "library": that alone).
foreach(program ahoyd ahoy)
	if(TARGET ${program})
		install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
	endif()
endforeach()

if(ahoy_drivers)
	install(TARGETS ${ahoy_drivers} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/ahoy)
endif()

if(AHOY_LIBRARY_ON)
	include(CMakePackageConfigHelpers)
	set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ahoy)
	configure_file(${CMAKE_SOURCE_DIR}/packaging/ahoy.pc.in ${CMAKE_BINARY_DIR}/ahoy.pc @ONLY)
	configure_package_config_file(${CMAKE_SOURCE_DIR}/packaging/ahoyConfig.cmake.in ${CMAKE_BINARY_DIR}/ahoyConfig.cmake
		INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
	# Before 1.0 a minor version may break the API.
	write_basic_package_version_file(${CMAKE_BINARY_DIR}/ahoyConfigVersion.cmake COMPATIBILITY SameMinorVersion)
	install(TARGETS ahoy_shared EXPORT ahoyTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
	install(TARGETS ahoy_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
	install(FILES ${ahoy_public_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ahoy COMPONENT library)
	install(FILES ${CMAKE_BINARY_DIR}/ahoy.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)
	install(EXPORT ahoyTargets NAMESPACE ahoy:: DESTINATION ${package_dir} COMPONENT library)
	install(FILES ${CMAKE_BINARY_DIR}/ahoyConfig.cmake ${CMAKE_BINARY_DIR}/ahoyConfigVersion.cmake
		DESTINATION ${package_dir} COMPONENT library)
endif()

if(TARGET ahoyd)
	configure_file(${CMAKE_SOURCE_DIR}/packaging/ahoyd.service.in ${CMAKE_BINARY_DIR}/ahoyd.service @ONLY)
	install(FILES ${CMAKE_BINARY_DIR}/ahoyd.service DESTINATION lib/systemd/system)
endif()

# bash-completion loads the file that has the command's name.
foreach(program ahoyd ahoy)
	if(TARGET ${program})
		install(FILES ${CMAKE_SOURCE_DIR}/packaging/ahoy.bash
			DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${program})
	endif()
endforeach()

# docs/man/ahoyd.1.scd becomes man1/ahoyd.1; docs/man/zh_CN/ahoyd.1.scd becomes zh_CN/man1/ahoyd.1.
find_program(SCDOC scdoc)
file(GLOB_RECURSE man_sources RELATIVE ${CMAKE_SOURCE_DIR}/docs/man CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.scd)
if(SCDOC)
	set(pages "")
	foreach(source IN LISTS man_sources)
		string(REGEX REPLACE "\\.scd$" "" page ${source})
		string(REGEX MATCH "[1-9]$" section ${page})
		cmake_path(GET page PARENT_PATH language)
		set(output ${CMAKE_BINARY_DIR}/man/${page})
		cmake_path(GET output PARENT_PATH directory)
		file(MAKE_DIRECTORY ${directory})
		add_custom_command(
			OUTPUT ${output}
			COMMAND ${SCDOC} < ${CMAKE_SOURCE_DIR}/docs/man/${source} > ${output}
			DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/${source}
			COMMENT "man page ${page}"
			VERBATIM)
		list(APPEND pages ${output})
		install(FILES ${output} DESTINATION ${CMAKE_INSTALL_MANDIR}/${language}/man${section})
	endforeach()
	if(pages)
		add_custom_target(man ALL DEPENDS ${pages})
	endif()
elseif(man_sources)
	message(STATUS "scdoc is not installed: no man pages")
endif()

# The tones of telephone networks, by country.
install(FILES ${CMAKE_SOURCE_DIR}/data/tones.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/ahoy)
