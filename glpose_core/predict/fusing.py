"""GLPose behind its backbone, as it is run: Eqs. 2 to 5 and the head on features that are there already.

The same function as :meth:`GLPose.explain_features`, laid out for prediction. The slots of Eq. 4 are weighed in
float32 and written once, in the precision and the memory format in which the first convolution reads them;
read as it stands, the network would copy all of them four times.
"""

from __future__ import annotations

import copy
from typing import cast

import torch
from torch import Tensor, nn

from ..network import GLPose
from ..network.hrnet import BasicBlock, in_own_precision


class Fusion:
    """The modules of a GLPose in evaluation mode whose BatchNorms are folded already.

    Args:
        model: on its device. It is shared, not copied; its first two convolutions may be laid out anew.
        dtype: what the modules compute in, but for the weights of the references and the head.
        planes: whether the slots lie one plane after the other, as features are kept, which is quickest on a
            processor, or channels last, as graphics processors read them; None: as the device has it.
    """

    def __init__(self, model: GLPose, dtype: torch.dtype, planes: bool | None = None) -> None:
        self._model = model
        self._dtype = dtype
        self._k, self._n = 2 * model.config.k, model.config.n
        self._first = cast(BasicBlock, model.processing[0])
        wide = [self._first.conv1, self._first.downsample]
        self._alone = _summed(self._first, self._shares_alone())
        on_processor = next(model.parameters()).device.type == "cpu"
        self._planes = on_processor if planes is None else planes
        if self._planes:  # else the convolutions would ask for channels last
            for part in wide:
                if part is not None:
                    part.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]

    def heatmaps(self, key: Tensor, local: Tensor, nonlocal_: Tensor) -> tuple[Tensor, Tensor]:
        """Heatmaps ``[N, J, h, w]`` float32, and W_g of Eq. 3 (``[N, n]``, or ``[N, n, C]`` if per channel).

        ``key [N, C, h, w]``, ``local [N, 2k, C, h, w]``, ``nonlocal_ [N, n, C, h, w]``, of any precision each.
        """
        shares = self._global_weights(key, nonlocal_)
        slots = self._weighed(key, local, nonlocal_, shares)
        return self._enhanced(self._first(slots.flatten(1, 2)), key), shares

    def alone(self, key: Tensor) -> Tensor:
        """Heatmaps ``[N, J, h, w]`` where the key ``[N, C, h, w]`` stands in for all its references.

        The slots then differ by their weights only, so that the first convolutions are sums over the slots, made
        once: as many multiply-adds as for one slot.
        """
        return self._enhanced(self._alone(_channels_last(key.to(self._dtype))), key)

    def _weighed(self, key: Tensor, local: Tensor, nonlocal_: Tensor, shares: Tensor) -> Tensor:
        """The slots of Eq. 4, V_t ⊕ W_l V_l ⊕ W_g V_g: ``[N, 1 + 2k + n, C, h, w]``, slot by slot within the caches."""
        count, channels, height, width = key.shape
        every = 1 + self._k + self._n
        if self._planes:
            slots = key.new_empty((count, every, channels, height, width), dtype=self._dtype)
        else:
            last = (count, height, width, every, channels)
            slots = key.new_empty(last, dtype=self._dtype).permute(0, 3, 4, 1, 2)
        slots[:, 0] = key
        near = self._model.local_weights[
            :, None, None, None
        ]  # a bare number would be rounded to half precision
        for slot in range(self._k):
            slots[:, 1 + slot] = local[:, slot] * near[slot]
        far = shares if shares.ndim == 3 else shares[..., None]
        for slot in range(self._n):
            slots[:, 1 + self._k + slot] = nonlocal_[:, slot] * far[:, slot, :, None, None]
        return slots

    def _shares_alone(self) -> Tensor:
        """What each slot weighs if all show the same, ``[1 + 2k + n]``."""
        weights = self._model.local_weights
        equal = weights.new_full((self._n,), 1 / max(self._n, 1))
        return torch.cat([weights.new_ones(1), weights, equal])

    def _global_weights(self, key: Tensor, nonlocal_: Tensor) -> Tensor:
        """Eq. 3 in float32, from averages of what may be kept in half precision."""
        product = _averages(nonlocal_) * _averages(key).unsqueeze(1)
        if self._model.config.global_weight != "per_channel":
            product = product.sum(dim=-1) / key.shape[1] ** 0.5
        return product.softmax(dim=1)

    def _enhanced(self, first: Tensor, key: Tensor) -> Tensor:
        """The rest of Eq. 4's blocks on what the first of them made, Eq. 5 and the head: heatmaps."""
        model, found = self._model, _channels_last(first)
        for block in list(model.processing)[1:]:
            found = block(found)
        if model.config.enhancement:
            own = _channels_last(key.to(self._dtype))
            mask = 1 - torch.sigmoid(model.encoder(own))
            found = model.aggregation(torch.cat([mask * found, own], dim=1))
        return in_own_precision(model.head, found)


def _channels_last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)


def _averages(values: Tensor) -> Tensor:
    """φ of Eq. 3, global average pooling in float32: ``[…, C, h, w]`` → ``[…, C]``."""
    return values.mean(dim=(-2, -1), dtype=torch.float32)


def _summed(block: BasicBlock, shares: Tensor) -> BasicBlock:
    """The block for one slot that does what ``block`` does for all of them showing it, by their ``shares [S]``."""
    one = copy.copy(block)
    one._modules = dict(block._modules)
    one.conv1 = _summed_conv(block.conv1, shares)
    if block.downsample is not None:
        wide, *rest = block.downsample
        one.downsample = nn.Sequential(_summed_conv(cast(nn.Conv2d, wide), shares), *rest)
    return one


def _summed_conv(conv: nn.Conv2d, shares: Tensor) -> nn.Conv2d:
    """A convolution of ``S · C`` channels as one of C, the slots being equal but for their shares ``[S]``."""
    outputs, inputs, *kernel = conv.weight.shape
    by_slot = conv.weight.detach().float().view(outputs, len(shares), -1, *kernel)
    weight = (by_slot * shares[:, None, None, None]).sum(dim=1)
    made = nn.Conv2d(
        inputs // len(shares),
        outputs,
        conv.kernel_size,  # type: ignore[arg-type]
        padding=conv.padding,  # type: ignore[arg-type]
        bias=conv.bias is not None,
        device=weight.device,
        dtype=conv.weight.dtype,
    )
    made.weight.data.copy_(weight)
    if conv.bias is not None and made.bias is not None:
        made.bias.data.copy_(conv.bias)
    return made.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
