"""The service's seal: a PAdES signature, so that a page that was altered says so by itself."""

from __future__ import annotations

import base64
import binascii
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.domain.errors import GatewayError

_FIELD: Final = "Doorvani"


class BadSigningKeyError(GatewayError):
    """SIGNING_KEY cannot be used; the message says why and never shows it."""


@dataclass(frozen=True, slots=True, repr=False)
class Seal:
    """A private key with its certificate and those above it, in DER."""

    key: bytes
    certificates: tuple[bytes, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read SIGNING_KEY: base64 of PEM, the private key and then its certificate and chain.

        Errors: BadSigningKeyError.
        """
        try:
            pem = base64.b64decode(text, validate=True)
            key = serialization.load_pem_private_key(pem, password=None)
            certificates = x509.load_pem_x509_certificates(pem)
        except (binascii.Error, ValueError, TypeError) as error:
            raise BadSigningKeyError("SIGNING_KEY is not base64 of a key with its PEM") from error
        if _public(key.public_key()) != _public(certificates[0].public_key()):
            raise BadSigningKeyError("SIGNING_KEY: the first certificate is not the key's")
        return cls(
            key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
            tuple(certificate.public_bytes(Encoding.DER) for certificate in certificates),
        )

    def sign(self, pdf: bytes, *, name: str, reason: str) -> bytes:
        """Return the PDF with the signature added; name, reason: as a reader program shows them."""
        # Loading pyHanko takes a second, and most processes sign nothing.
        from asn1crypto import keys
        from asn1crypto import x509 as asn1
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import signers
        from pyhanko.sign.fields import SigSeedSubFilter
        from pyhanko_certvalidator.registry import SimpleCertificateStore

        own, *chain = (asn1.Certificate.load(der) for der in self.certificates)
        above = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # the library's own
        above.register_multiple(chain)
        signer = signers.SimpleSigner(own, keys.PrivateKeyInfo.load(self.key), above)
        meta = signers.PdfSignatureMetadata(
            field_name=_FIELD,
            md_algorithm="sha256",
            name=name,
            reason=reason,
            subfilter=SigSeedSubFilter.PADES,
        )
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        # pyHanko runs an event loop of its own, which a thread that has one running refuses.
        with ThreadPoolExecutor(max_workers=1) as apart:
            signed = apart.submit(signers.sign_pdf, writer, meta, signer=signer).result()
        return bytes(signed.getvalue())


def _public(key: object) -> bytes:
    return key.public_bytes(Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]  # every kind of key has it
