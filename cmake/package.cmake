# The Debian package: script/package, or cpack in a build folder that was configured for it. What is in it is
# what `cmake --install --component program` puts below /usr. OpenVINO lies in a folder of the program's own,
# and the packages that it needs are found by dpkg-shlibdeps.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME oneormany)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
# A package's maintainer is who makes it, by the variables of Debian's own tools. There is no address else.
if(DEFINED ENV{DEBFULLNAME} AND DEFINED ENV{DEBEMAIL})
  set(CPACK_PACKAGE_CONTACT "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
else()
  set(CPACK_PACKAGE_CONTACT "the authors of oneormany <nobody@oneormany.invalid>")
endif()
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "compare classification and label models on your pictures")
set(CPACK_PACKAGE_DESCRIPTION
"Trains a classification model (softmax: exactly one class) and a label model
(sigmoid: zero, one or many) on a few folders of pictures, says which to use
and from which probability on, and estimates what it will do with pictures of
none of the classes. Needs no GPU, no Python and no network.
.
With it come the weights of EfficientNet-Lite0, features of free pictures as
background, and the part of OpenVINO that runs them.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR})
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${ONEORMANY_DEPS}/openvino/libs)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/package_finish.cmake)

# What the rules for Debian packages ask for besides. The date is SOURCE_DATE_EPOCH's, if that is set.
string(TIMESTAMP PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${CMAKE_CURRENT_LIST_DIR}/package_changelog.in ${CMAKE_BINARY_DIR}/package/changelog @ONLY)
install(FILES cmake/copyright ${CMAKE_BINARY_DIR}/package/changelog COMPONENT debian EXCLUDE_FROM_ALL
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
include(CPack)
