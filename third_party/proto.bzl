"""C++ from .proto files with Debian's protoc and its gRPC plugin."""

def cc_grpc_library(
        name,
        srcs,
        services = True,
        imports = [],
        deps = [],
        visibility = None):
    """Compiles .proto files of one package directory into one C++ library.

    Args:
      name: the cc_library's name.
      srcs: .proto files, by their path in this Bazel package, which is the
        root that imports and #includes are relative to.
      services: also generate gRPC stubs for files named *_service.proto.
      imports: .proto files, of the same Bazel package, that those import.
      deps: the libraries of the imports.
      visibility: of the library.
    """
    headers = []
    sources = []
    for src in srcs:
        stem = src[:-len(".proto")]
        kinds = [".pb"]
        if services and stem.endswith("_service"):
            kinds.append(".grpc.pb")
        headers += [stem + kind + ".h" for kind in kinds]
        sources += [stem + kind + ".cc" for kind in kinds]
    service_srcs = [s for s in srcs if services and s.endswith("_service.proto")]
    root = native.package_name()
    commands = [
        "protoc -I%s --cpp_out=$(RULEDIR) " % root +
        " ".join(["$(location %s)" % s for s in srcs]),
    ]
    if service_srcs:
        commands.append(
            "protoc -I%s --grpc_out=$(RULEDIR)" % root +
            " --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin " +
            " ".join(["$(location %s)" % s for s in service_srcs]),
        )
    native.genrule(
        name = name + "_sources",
        srcs = srcs + imports,
        outs = headers + sources,
        cmd = " && ".join(commands),
        visibility = ["//visibility:private"],
    )
    native.cc_library(
        name = name,
        srcs = sources,
        hdrs = headers,
        # Generated code, not ours to warn about.
        copts = ["-w"],
        strip_include_prefix = ".",
        visibility = visibility,
        deps = deps + ["//third_party:grpcpp"],
    )
